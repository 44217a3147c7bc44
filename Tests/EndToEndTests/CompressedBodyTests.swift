import TestSupport
import Testing

/// Compressed requests go upstream unpacked, within the bounds of plain ones.
enum CompressedBodies {
    /// `chat("mymodel")`, packed by the tools of each format.
    static let packed: [(coding: String, hex: String)] = [
        (
            "gzip",
            """
            1f8b0800000000000203ab56cacd4f49cd51b252caad84b0749472538b8b13d3538b95aca2ab958af2735281b2a5c5a94540a9e4fc\
            bc92d4bc12a08047a6526d6c2d005114e2cc3f000000
            """
        ),
        (
            "deflate",
            """
            78daab56cacd4f49cd51b252caad84b0749472538b8b13d3538b95aca2ab958af2735281b2a5c5a94540a9e4fcbc92d4bc12a08047\
            a6526d6c2d00af5a1542
            """
        ),
        (
            "deflate",
            """
            ab56cacd4f49cd51b252caad84b0749472538b8b13d3538b95aca2ab958af2735281b2a5c5a94540a9e4fcbc92d4bc12a08047a652\
            6d6c2d00
            """
        ),
        (
            "zstd",
            """
            28b52ffd0058f901007b226d6f64656c223a226d796d6f64656c222c226d65737361676573223a5b7b22726f6c65223a2275736572\
            222c22636f6e74656e74223a224869227d5d7d
            """
        ),
        (
            "zstd, gzip",
            """
            1f8b0800000000000203d3d8aaff9721e2272343b5526e7e4a6a8e9295526e2584a5a3949b5a5c9c989e5aac64155dad54949f930a\
            942d2d4e2d024a25e7e795a4e69500053c32956a636b013b8ddf8848000000
            """
        ),
    ]

    static func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex.utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)
        }
    }

    static func post(_ codings: [String], _ body: [UInt8]) throws -> (answer: TestResponse, upstream: RecordedRequest?)
    {
        let stack = try stack()
        stack.fake.forgetRequests()
        let client = try TestHTTPClient(port: stack.port)
        try client.send(
            "POST", "/v1/chat/completions",
            [WireField("Authorization", "Bearer \(Stack.masterKey)"), WireField("Content-Type", "application/json")]
                + codings.map { WireField("Content-Encoding", $0) }, body: body)
        return (try client.response(), stack.fake.requests.last)
    }

    @Suite(.serialized, .gateway(Config.usual + "\ngeneral_settings: {max_request_size_mb: 1}")) struct Taken {
        @Test(arguments: packed.indices) func whatGoesUpIsThePlainBody(_ index: Int) throws {
            let (coding, hex) = packed[index]
            for spelling in [coding, coding.uppercased()] {
                let (answer, upstream) = try post([spelling], bytes(hex))
                #expect(answer.status == 200, "\(coding): \(answer.text)")
                #expect(upstream?.text == chat("openai/gpt-4o"))
                #expect(upstream?.field("content-encoding") == nil)
            }
        }

        @Test func aListMayStandInSeveralFields() throws {
            let (_, hex) = packed[4]
            let (answer, upstream) = try post(["zstd", "identity", "gzip"], bytes(hex))
            #expect(answer.status == 200)
            #expect(upstream?.text == chat("openai/gpt-4o"))
            #expect(try post(["x-gzip"], bytes(packed[0].hex)).answer.status == 200)
        }

        @Test(arguments: ["br", "compress", "gzip, br", "gzip, gzip, gzip", "x"])
        func whatCannotBeUnpackedIs415(_ coding: String) throws {
            let (answer, upstream) = try post([coding], bytes(packed[0].hex))
            #expect(answer.status == 415)
            #expect(answer.errorCode == "unsupported_content_encoding")
            #expect(answer.field("accept-encoding") == "gzip, deflate, zstd")
            #expect(upstream == nil)
        }

        @Test(arguments: packed.indices) func whatIsNotWholeIs400(_ index: Int) throws {
            let whole = bytes(packed[index].hex)
            for cut in [1, whole.count / 2, whole.count - 1] {
                let (answer, upstream) = try post([packed[index].coding], Array(whole.prefix(cut)))
                #expect(answer.status == 400, "\(packed[index].coding) cut at \(cut)")
                #expect(answer.errorCode == "invalid_content_encoding" || answer.errorCode == "invalid_json")
                #expect(upstream == nil)
            }
        }

        @Test(arguments: ["gzip", "deflate", "zstd"]) func whatIsNoneOfItIs400(_ coding: String) throws {
            let (answer, _) = try post([coding], Array(chat("mymodel").utf8))
            #expect(answer.status == 400)
            #expect(
                answer.errorMessage == "The request body is not valid \(coding) data, as its Content-Encoding says.")
            // And the connection is none the worse.
            #expect(try stack().post("/v1/chat/completions", chat("mymodel")).status == 200)
        }

        @Test func theLimitCountsWhatComesOfIt() throws {
            let zeros = gzipped([UInt8](repeating: 0x20, count: 64 << 20))
            #expect(zeros.count < 100_000)
            let (answer, _) = try post(["gzip"], zeros)
            #expect(answer.status == 413)
            #expect(answer.errorCode == "request_too_large")
            #expect(try post(["gzip, gzip"], gzipped(zeros)).answer.status == 413)
        }

        @Test func aLargeBodyIsUnpackedWhole() throws {
            let text = String(repeating: "plain words ", count: 80_000)
            let body = "{\"model\":\"mymodel\",\"messages\":[{\"role\":\"user\",\"content\":\"\(text)\"}]}"
            let (answer, upstream) = try post(["gzip"], gzipped(Array(body.utf8)))
            #expect(answer.status == 200)
            #expect(upstream?.text == body.replacing("mymodel", with: "openai/gpt-4o"))
        }
    }

    @Suite(.serialized, .gateway(Config.usual + "\ngeneral_settings: {accept_compressed_requests: false}"))
    struct SwitchedOff {
        @Test(arguments: ["gzip", "zstd", "br"]) func allOfThemAre415(_ coding: String) throws {
            let (answer, upstream) = try post([coding], bytes(packed[0].hex))
            #expect(answer.status == 415)
            #expect(answer.field("accept-encoding") == "identity")
            #expect(upstream == nil)
            #expect(try post(["identity"], Array(chat("mymodel").utf8)).answer.status == 200)
        }
    }
}
