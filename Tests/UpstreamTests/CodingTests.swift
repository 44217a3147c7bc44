import Testing

@testable import TestSupport
@testable import Upstream

extension UpstreamTests {
    @Suite struct CodingTests {
        private func server(_ coding: String, _ body: [UInt8], chunked: Bool = false) throws -> ScriptedServer {
            try ScriptedServer { peer in
                while try peer.request() != nil {
                    let framing = chunked ? "Transfer-Encoding: chunked" : "Content-Length: \(body.count)"
                    try peer.write("HTTP/1.1 200 OK\r\nContent-Encoding: \(coding)\r\n\(framing)\r\n\r\n")
                    if chunked {
                        for byte in body { try peer.write(Array("1\r\n".utf8) + [byte] + Array("\r\n".utf8)) }
                        try peer.write("0\r\n\r\n")
                    } else {
                        try peer.write(body)
                    }
                }
            }
        }

        @Test(arguments: ["gzip", "GZIP", "x-gzip"], [false, true])
        func gzipIsDecoded(coding: String, chunked: Bool) throws {
            let text = String(repeating: "hello gzip ", count: 100)
            let server = try server(coding, gzipped(Array(text.utf8)), chunked: chunked)
            let rig = try Rig()
            for _ in 0..<2 { #expect(try rig.fetch(server).text == text) }
            #expect(server.state.value.accepted == 1)
        }

        @Test func aLargeGzipBodyIsDecodedWhole() throws {
            let body = pattern(3 << 20)
            let server = try server("gzip", gzipped(body))
            let rig = try Rig()
            #expect(same(try rig.fetch(server).body, body))
        }

        @Test func identityIsNoCoding() throws {
            let server = try server("identity", Array("plain".utf8))
            #expect(try Rig().fetch(server).text == "plain")
        }

        @Test func brokenBodiesAreErrors() throws {
            let whole = gzipped(Array("some text".utf8))
            var corrupt = whole
            corrupt[12] ^= 0xFF
            let cases: [(rule: String, coding: String, body: [UInt8], detail: String)] = [
                ("corrupt", "gzip", corrupt, "the gzip body is corrupt"),
                ("no gzip at all", "gzip", Array("{\"a\": 1}".utf8), "the gzip body is corrupt"),
                ("bytes behind it", "gzip", whole + [1, 2, 3], "the gzip body is corrupt"),
                ("truncated", "gzip", Array(whole.dropLast(4)), "the gzip body is truncated"),
                ("empty", "gzip", [], ""),
                ("unknown", "br", [1, 2], "the upstream used a content coding that was not offered"),
                ("two", "gzip, gzip", whole, "the upstream used a content coding that was not offered"),
            ]
            for c in cases where !c.detail.isEmpty {
                let server = try server(c.coding, c.body)
                let rig = try Rig()
                #expect(try rig.failure(server) == .encoding(c.detail), "\(c.rule)")
                #expect(server.wait { $0.finished == 1 }, "\(c.rule): the connection is closed")
            }
        }

        @Test func aBombIsStoppedAtTheLimit() throws {
            let server = try server("gzip", gzipped([UInt8](repeating: 0x20, count: 80 << 20)))
            let rig = try Rig()
            #expect(try rig.failure(server, patience: Patience(limit: 1 << 20)) == .tooLarge(limitBytes: 1 << 20))
        }

        @Test func aBodilessAnswerMayNameAnyCoding() throws {
            let server = try ScriptedServer(answering: "HTTP/1.1 204 No Content\r\nContent-Encoding: br\r\n\r\n")
            #expect(try Rig().fetch(server).status == 204)
        }
    }
}
