import EventLoop
import Glibc
import JSONText
import Model
import Testing

@testable import Observability

@Suite struct TimestampTests {
    static let table: [(seconds: Double, text: String)] = [
        (0, "1970-01-01T00:00:00.000Z"), (0.001, "1970-01-01T00:00:00.001Z"), (86_399.9996, "1970-01-01T23:59:59.999Z"),
        (68_169_600, "1972-02-29T00:00:00.000Z"), (68_256_000, "1972-03-01T00:00:00.000Z"),
        (951_782_400, "2000-02-29T00:00:00.000Z"), (951_868_799, "2000-02-29T23:59:59.000Z"),
        (951_868_800, "2000-03-01T00:00:00.000Z"), (978_307_199, "2000-12-31T23:59:59.000Z"),
        (978_307_200, "2001-01-01T00:00:00.000Z"), (1_000_000_000, "2001-09-09T01:46:40.000Z"),
        (1_709_164_800, "2024-02-29T00:00:00.000Z"), (1_735_689_599.5, "2024-12-31T23:59:59.500Z"),
        (1_740_787_200, "2025-03-01T00:00:00.000Z"), (1_795_176_597.25, "2026-11-20T12:09:57.250Z"),
        (2_147_483_648, "2038-01-19T03:14:08.000Z"), (4_107_542_400, "2100-03-01T00:00:00.000Z"),
        (4_107_456_000, "2100-02-28T00:00:00.000Z"), (13_574_563_200, "2400-02-29T00:00:00.000Z"),
    ]

    @Test(arguments: table)
    func isTheDate(_ c: (seconds: Double, text: String)) {
        #expect(timestamp(c.seconds) == c.text)
    }

    /// Against the C library, over four centuries of days.
    @Test func agreesWithTheCLibrary() {
        for day in stride(from: 0, to: 160_000, by: 37) {
            let seconds = day * 86_400 + day % 86_400
            let expected = LibraryTime.text(seconds)
            #expect(timestamp(Double(seconds)) == expected)
        }
    }
}

enum LibraryTime {
    static func text(_ seconds: Int) -> String {
        var time = time_t(seconds)
        var parts = unsafe tm()
        _ = unsafe gmtime_r(&time, &parts)
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = unsafe bytes.withUnsafeMutableBytes { region in
            unsafe strftime(
                region.baseAddress?.assumingMemoryBound(to: CChar.self), region.count, "%Y-%m-%dT%H:%M:%S.000Z", &parts)
        }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}

@Suite struct LogLineTests {
    /// The lines that a log writes, read back from a pipe.
    static func lines(
        level: Log.Level = .debug, format: Log.Format = .json, secrets: [String] = [], _ body: (Log) -> Void
    ) throws -> [String] {
        let pipe = try Pipe()
        let sink = try LogSink(descriptor: pipe.writeEnd)
        let log = Log(to: sink, level: level, format: format, redactor: Redactor(secrets: secrets.map { Secret($0) }))
        let reader = pipe.readInBackground()
        body(log)
        log.close()
        pipe.closeWriteEnd()
        return String(decoding: reader.value(), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    static func record(_ change: (inout RequestRecord) -> Void = { _ in }) -> RequestRecord {
        var record = RequestRecord(startedAt: LoopTime(nanoseconds: 1_000_000_000))
        record.requestID = "r-1"
        record.method = "POST"
        record.path = "/v1/chat/completions"
        record.status = 200
        change(&record)
        return record
    }

    static let end = LoopTime(nanoseconds: 1_123_456_789)

    @Test func theLineOfARequestHasItsFields() throws {
        let full = Self.record {
            $0.model = "m"
            $0.upstream = Fixtures.upstream("d", "openrouter", group: "g", model: "openai/gpt-4o")
            $0.attempts = 2
            $0.isStream = true
            $0.usage = Usage(
                promptTokens: 1, completionTokens: 2, totalTokens: 3, cachedTokens: 4, reasoningTokens: 5)
            $0.cost = 0.25
            $0.upstreamStartedAt = LoopTime(nanoseconds: 1_010_000_000)
            $0.upstreamFirstByteAt = LoopTime(nanoseconds: 1_050_000_000)
            $0.firstTokenAt = LoopTime(nanoseconds: 1_060_040_000)
            $0.upstreamEndedAt = LoopTime(nanoseconds: 1_110_000_000)
            $0.requestBytes = 10
            $0.answerBytes = 20
            $0.clientLeft = true
            $0.errorCode = "e"
            $0.errorDetail = "why"
        }
        let line = try #require(try Self.lines { $0.write(full, at: Self.end) }.first)
        let value = try JSONValue.parse(line)
        let members = try #require(value.objectValue)
        #expect(members.prefix(3).map(\.key) == ["time", "level", "message"])
        #expect(value["level"] == "info")
        #expect(value["message"] == "request")
        let rest = JSONValue.object(Array(members.dropFirst(3))).serialized()
        #expect(
            String(decoding: rest, as: UTF8.self)
                == #"{"request_id":"r-1","method":"POST","path":"/v1/chat/completions","status":200,"model":"m","group":"g","deployment":"d","provider":"openrouter","upstream_model":"openai/gpt-4o","attempts":2,"stream":true,"duration_ms":123.5,"upstream_first_byte_ms":50.0,"first_token_ms":60.0,"overhead_ms":23.5,"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"cached_tokens":4,"reasoning_tokens":5,"cost_usd":0.25,"request_bytes":10,"answer_bytes":20,"client_left":true,"error":"e","detail":"why"}"#
        )
    }

    @Test func whatIsNotKnownIsLeftOut() throws {
        let line = try #require(try Self.lines { $0.write(Self.record(), at: Self.end) }.first)
        let keys = try JSONValue.parse(line).objectValue?.map(\.key)
        #expect(
            keys == [
                "time", "level", "message", "request_id", "method", "path", "status", "duration_ms", "request_bytes",
                "answer_bytes",
            ])
    }

    static let levels: [(status: Int, level: String)] = [
        (200, "info"), (204, "info"), (302, "info"), (400, "warning"), (404, "warning"), (499, "warning"),
        (500, "error"), (502, "error"),
    ]

    @Test(arguments: levels)
    func theStatusDecidesTheLevel(_ c: (status: Int, level: String)) throws {
        let line = try #require(try Self.lines { $0.write(Self.record { $0.status = c.status }, at: Self.end) }.first)
        #expect(try JSONValue.parse(line)["level"]?.stringValue == c.level)
    }

    @Test func whatIsBelowTheLevelIsNotWritten() throws {
        for level in Log.Level.allCases {
            let lines = try Self.lines(level: level) { log in
                for each in Log.Level.allCases { log.write(each, "x") }
                log.write(Self.record(), at: Self.end)
            }
            let expected = Log.Level.allCases.filter { $0 >= level }.count + (Log.Level.info >= level ? 1 : 0)
            #expect(lines.count == expected, "\(level)")
        }
    }

    static let names: [(name: String, level: Log.Level?)] = [
        ("debug", .debug), ("INFO", .info), ("Warning", .warning), ("warn", .warning), ("error", .error), ("", nil),
        ("critical", nil),
    ]

    @Test(arguments: names)
    func levelsHaveNames(_ c: (name: String, level: Log.Level?)) {
        #expect(Log.Level(named: c.name) == c.level)
        if let level = c.level { #expect(Log.Level(named: level.name) == level) }
    }

    /// What a client may send as a model's name, or an upstream as its words.
    static let hostile = [
        "a\nb", "a\r\n{\"level\":\"error\"}", "\u{1B}[2J\u{7}", "\u{7F}\u{9B}31m", "\"quoted\" \\ back", "\u{0}",
        "é😀\u{2028}\u{202E}x", String(repeating: "\u{301}", count: 20_000), String(repeating: "x", count: 1 << 20),
    ]

    @Test(arguments: hostile)
    func nothingForgesALine(_ value: String) throws {
        let record = Self.record {
            $0.model = value
            $0.errorDetail = value
            $0.errorCode = value
        }
        let json = try Self.lines { log in
            log.write(.info, "x", ["value": .text(value)])
            log.write(record, at: Self.end)
        }
        #expect(json.count == 2)
        for line in json {
            let logged = try JSONValue.parse(line)
            let text = try #require((logged["value"] ?? logged["model"])?.stringValue)
            #expect(text == value || text.utf8.count < 17_000 && text.hasSuffix("…"))
        }
        let readable = try Self.lines(format: .text) { log in
            log.write(.info, "x", ["value": .text(value)])
            log.write(record, at: Self.end)
        }
        #expect(readable.count == 2)
        for line in readable {
            #expect(line.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value) })
            #expect(line.utf8.count < 200_000)
        }
    }

    @Test func theReadableLineOfARequest() throws {
        let plain = try Self.lines(format: .text) { $0.write(Self.record(), at: Self.end) }
        #expect(plain.first?.dropFirst(8) == " 200 POST /v1/chat/completions  123.5 ms  r-1")
        let full = Self.record {
            $0.status = 502
            $0.model = "m"
            $0.upstream = Fixtures.upstream("d", "openrouter", group: "g", model: "openai/gpt-4o")
            $0.firstTokenAt = LoopTime(nanoseconds: 1_060_000_000)
            $0.usage = Usage(promptTokens: 1)
            $0.cost = 0.25
            $0.clientLeft = true
            $0.errorCode = "cut"
            $0.errorDetail = "why"
        }
        let line = try #require(try Self.lines(format: .text) { $0.write(full, at: Self.end) }.first)
        #expect(
            line.dropFirst(8)
                == " error: 502 POST /v1/chat/completions  m -> openrouter:openai/gpt-4o  123.5 ms (first token 60.0 ms)  1+0 tokens  $0.25  client left  cut  (why)  r-1"
        )
    }

    /// A decoded path, a model, what an upstream says: each is one word or stands in quotes.
    static let values: [(value: String, written: String)] = [
        ("plain", "plain"), ("openai/gpt-4o:free", "openai/gpt-4o:free"), ("東京-é", "東京-é"), ("(x)", "(x)"),
        ("", #""""#), ("a b", #""a b""#), ("a\u{A0}b", "\"a\u{A0}b\""), ("a\u{3000}b", "\"a\u{3000}b\""),
        ("a=b", #""a=b""#),
        (#"a"b"#, #""a\"b""#), (#"a\b"#, #""a\\b""#), ("a\nb", #""a\u{a}b""#), (#"a\u{a}b"#, #""a\\u{a}b""#),
        ("a\u{202E}b", #""a\u{202e}b""#), ("a\u{200B}b", #""a\u{200b}b""#), ("a\u{FEFF}", #""a\u{feff}""#),
        ("x  0.1 ms  1+1 tokens  req-1", #""x  0.1 ms  1+1 tokens  req-1""#),
    ]

    @Test(arguments: values)
    func noValueForgesAColumn(_ c: (value: String, written: String)) throws {
        let record = Self.record {
            $0.path = c.value
            $0.model = c.value
            $0.upstream = Fixtures.upstream("d", "openrouter", group: "g", model: c.value)
            $0.errorCode = c.value
            $0.errorDetail = c.value
        }
        let lines = try Self.lines(format: .text) { log in
            log.write(.info, "x", ["a": .text(c.value), "b": "1"])
            log.write(record, at: Self.end)
        }
        #expect(lines.first?.dropFirst(8) == " x a=\(c.written) b=1")
        let last = try #require(lines.last).dropFirst(8)
        #expect(last.hasPrefix(" 200 POST \(c.written)  \(c.written) -> "))
        #expect(last.hasSuffix("  123.5 ms  \(c.written)  (\(c.written))  r-1"))
    }

    @Test func aReadableLineOfAnythingElse() throws {
        let lines = try Self.lines(format: .text) { log in
            log.write(.info, "listening", ["port": "1", "host": "h"])
            log.write(.warning, "refused")
            log.write(.info, "stopped", ["cut": "0"])
        }
        #expect(
            lines.map { String($0.dropFirst(8)) }
                == [" listening port=1 host=h", " warning: refused", " stopped cut=0"])
    }

    @Test func everyLinePassesTheRedactor() throws {
        for format in [Log.Format.json, .text] {
            let lines = try Self.lines(format: format, secrets: ["very-secret-value", "1123456"]) { log in
                log.write(.info, "x", ["curl": "-H 'authorization: Bearer abcdef012345'", "b": "\nvery-secret-value"])
                log.write(
                    Self.record {
                        $0.model = "very-secret-value"
                        $0.errorDetail = "key=abcdefgh"
                        $0.requestBytes = 11_234_567
                    }, at: Self.end)
            }
            #expect(lines.count == 2)
            for line in lines {
                #expect(!line.contains("secret-value") && !line.contains("abcdef"))
                if format == .json { _ = try JSONValue.parse(line) }
            }
        }
    }
}

@Suite struct LogSinkTests {
    @Test func writesEveryLineInOrder() throws {
        let pipe = try Pipe()
        let sink = try LogSink(descriptor: pipe.writeEnd)
        let count = 20_000
        let reader = pipe.readInBackground()
        for number in 0..<count { sink.append(Array("line \(number)\n".utf8).span) }
        sink.close()
        pipe.closeWriteEnd()
        let text = String(decoding: reader.value(), as: UTF8.self)
        #expect(text == (0..<count).map { "line \($0)\n" }.joined())
    }

    /// With nobody reading, memory stays bounded and what was lost is said.
    @Test func dropsAreCounted() throws {
        let pipe = try Pipe()
        let sink = try LogSink(descriptor: pipe.writeEnd)
        let line = Array((String(repeating: "x", count: 1023) + "\n").utf8)
        // Twice the limit, of which the pipe takes 64 KiB and the writer one batch.
        let count = 24 << 10
        for _ in 0..<count { sink.append(line.span) }
        let reader = pipe.readInBackground()
        sink.close()
        pipe.closeWriteEnd()
        var (written, dropped) = (0, 0)
        for text in String(decoding: reader.value(), as: UTF8.self).split(separator: "\n") {
            if text.hasPrefix("x") {
                #expect(text.utf8.count == 1023)
                written += 1
            } else {
                let value = try JSONValue.parse(String(text))
                #expect(value["message"] == "log lines dropped")
                dropped += value["count"]?.intValue ?? 0
            }
        }
        #expect(dropped > 0)
        #expect(written + dropped == count)
    }

    @Test func aReaderThatHasGoneIsNoHarm() throws {
        let pipe = try Pipe()
        let sink = try LogSink(descriptor: pipe.writeEnd)
        signal(SIGPIPE, SIG_IGN)
        pipe.closeReadEnd()
        for _ in 0..<100 { sink.append(Array("x\n".utf8).span) }
        sink.close()
        pipe.closeWriteEnd()
    }
}
