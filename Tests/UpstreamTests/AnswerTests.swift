import EventLoop
import HTTPWire
import TestSupport
import Testing

@testable import Upstream

extension UpstreamTests {
    @Suite struct AnswerTests {
        struct Case: Sendable, CustomTestStringConvertible {
            let rule: String
            let wire: String
            var closes = false
            var expected: Result<Fetched, UpstreamError>
            /// Whether the next request may go over the same connection.
            var reuses = false
            var testDescription: String { rule }
        }

        static func whole(
            _ rule: String, _ wire: String, closes: Bool = false, status: Int = 200, _ body: String,
            reuses: Bool = true
        ) -> Case {
            Case(
                rule: rule, wire: wire, closes: closes,
                expected: .success(Fetched(status: status, body: Array(body.utf8))), reuses: reuses)
        }

        static func broken(_ rule: String, _ wire: String, closes: Bool = false, _ error: UpstreamError) -> Case {
            Case(rule: rule, wire: wire, closes: closes, expected: .failure(error))
        }

        static let cases: [Case] = [
            whole("a length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello"),
            whole("length 0", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ""),
            whole("no reason", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", "ok"),
            whole(
                "chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
                "abcde"),
            whole(
                "chunked with trailers",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\n", "a"),
            whole("no chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ""),
            whole("until close", "HTTP/1.1 200 OK\r\n\r\nto the end", closes: true, "to the end", reuses: false),
            whole("until close, nothing", "HTTP/1.1 200 OK\r\n\r\n", closes: true, "", reuses: false),
            whole("204", "HTTP/1.1 204 No Content\r\n\r\n", status: 204, ""),
            whole("304 with a length", "HTTP/1.1 304 X\r\nContent-Length: 10\r\n\r\n", status: 304, ""),
            whole(
                "204 with a length cannot be trusted", "HTTP/1.1 204 X\r\nContent-Length: 2\r\n\r\n", status: 204, "",
                reuses: false),
            whole(
                "interim answers",
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 102 P\r\n\r\n" + answer(),
                "ok"),
            whole("HTTP/1.0 with a length", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", reuses: false),
            whole(
                "HTTP/1.0 that persists", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
                "ok"),
            whole("HTTP/1.0 until close", "HTTP/1.0 200 OK\r\n\r\nok", closes: true, "ok", reuses: false),
            whole("Connection: close", answer(fields: "Connection: close\r\n"), "ok", reuses: false),
            whole("redirect", answer("", status: 307, fields: "Location: http://127.0.0.1:1/\r\n"), status: 307, ""),
            whole("error status", answer("no", status: 529), status: 529, "no"),
            whole("bytes behind the answer", answer() + "HTTP/1.1", "ok", reuses: false),
            whole("a second answer", answer() + answer("other"), "ok", reuses: false),
            whole(
                "bytes behind the last chunk",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\nx", "a", reuses: false),
            whole("bytes behind a 204", "HTTP/1.1 204 X\r\n\r\nx", status: 204, "", reuses: false),

            broken("closed at once", "", closes: true, .closedBeforeAnswer),
            broken("closed within the head", "HTTP/1.1 200 O", closes: true, .cut),
            broken("closed after an interim answer", "HTTP/1.1 100 C\r\n\r\n", closes: true, .cut),
            broken("closed within the body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", closes: true, .cut),
            broken(
                "closed within a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
                closes: true, .cut),
            broken(
                "closed before the last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
                closes: true, .cut),
            broken(
                "two framings",
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                .malformed(ResponseFault.contradictoryFraming.message)),
            broken(
                "two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
                .malformed(ResponseFault.contradictoryFraming.message)),
            broken(
                "a coding that is not chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
                .malformed(ResponseFault.contradictoryFraming.message)),
            broken(
                "bad chunk size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                .malformed("the chunked body is malformed")),
            broken("garbage", "\u{1}\u{2}garbage\r\n\r\n", .malformed(ResponseFault.notHTTP.message)),
            broken("HTTP/0.9", "<html>hello</html>", closes: true, .malformed(ResponseFault.notHTTP.message)),
            broken("HTTP/2", "HTTP/2 200\r\n\r\n", .malformed(ResponseFault.unsupportedVersion.message)),
            broken("status 999", "HTTP/1.1 999 X\r\n\r\n", .malformed(ResponseFault.badStatus.message)),
            broken("status 99", "HTTP/1.1 099 X\r\n\r\n", .malformed(ResponseFault.badStatus.message)),
            broken(
                "101 was not asked for", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
                .malformed("the answer switches protocols, which was not asked for")),
            broken(
                "a head beyond 256 KiB", "HTTP/1.1 200 OK\r\nX: \(String(repeating: "a", count: 300 << 10))",
                .malformed(ResponseFault.headTooLong.message)),
            broken(
                "endless interim answers",
                String(repeating: "HTTP/1.1 103 Early Hints\r\n\r\n", count: 20_000),
                .malformed(ResponseFault.headTooLong.message)),
        ]

        /// The same whether the bytes come in one piece or one by one (which the kernel may join again).
        @Test(arguments: cases, [1 << 20, 1])
        func anAnswerIsWholeOrRefused(_ c: Case, pieceBytes: Int) throws {
            let bytes = Array(c.wire.utf8)
            guard pieceBytes > 1 || bytes.count < 1000 else { return }
            // Stray bytes that come one by one may come after the next request, where nobody can tell whose they are.
            let hasStrayBytes = c.rule.contains("behind") || c.rule.contains("second answer")
            guard pieceBytes > 1 || !hasStrayBytes else { return }
            let server = try ScriptedServer { peer in
                while try peer.request() != nil {
                    for start in stride(from: 0, to: bytes.count, by: pieceBytes) {
                        try peer.write(Array(bytes[start..<min(start + pieceBytes, bytes.count)]))
                    }
                    if c.closes { return }
                }
            }
            let rig = try Rig()
            let port = server.port
            let fetch: @Sendable (Desk) async throws -> Result<Fetched, UpstreamError> = { desk in
                do throws(UpstreamError) {
                    return .success(try await desk.fetch(.plain(port)))
                } catch {
                    return .failure(error)
                }
            }
            #expect(try rig.run(fetch) == c.expected)
            #expect(try rig.run(fetch) == c.expected, "the next one")
            let requests = server.state.value.requests
            #expect(requests == [1, c.reuses ? 1 : 2], "connection of each request")
            #expect(try rig.run { desk in desk.client.restingConnections } == (c.reuses ? 1 : 0))
        }

        @Test func aBodyEndedByAResetIsCut() throws {
            let isRead = Watched(false)
            let server = try ScriptedServer { peer in
                _ = try peer.request()
                try peer.write("HTTP/1.1 200 OK\r\n\r\nhalf")
                // A reset would overtake what the client has not read yet.
                _ = isRead.wait(.seconds(10)) { $0 ? true : nil }
                peer.resetAtEnd()
            }
            let rig = try Rig()
            let port = server.port
            let error = try rig.run { desk -> UpstreamError? in
                let answer = try await desk.send(.plain(port))
                #expect(try await answer.read(limit: 1 << 20) == .bytes)
                isRead.update { $0 = true }
                do throws(UpstreamError) {
                    while try await answer.read(limit: 1 << 20) != .end {}
                    return nil
                } catch {
                    return error
                }
            }
            #expect(error == .cut)
        }

        @Test func anAnswerThatFailedFailsAgain() throws {
            let server = try ScriptedServer { peer in
                _ = try peer.request()
                try peer.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell")
            }
            let rig = try Rig()
            let port = server.port
            let errors = try rig.run { desk in
                let answer = try await desk.send(.plain(port))
                var errors: [UpstreamError] = []
                while errors.count < 2 {
                    do throws(UpstreamError) {
                        if try await answer.read(limit: 1 << 20) == .end { break }
                    } catch {
                        errors.append(error)
                    }
                }
                return errors
            }
            #expect(errors == [.cut, .cut])
        }

        @Test func anAnswerThatWasGivenUpHasNoEnd() throws {
            let server = try ScriptedServer { peer in
                _ = try peer.request()
                try peer.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell")
                peer.waitForDeparture()
            }
            let rig = try Rig()
            let port = server.port
            let error = try rig.run { desk -> UpstreamError? in
                let answer = try await desk.send(.plain(port))
                answer.cancel()
                do throws(UpstreamError) {
                    while try await answer.read(limit: 1 << 20) != .end {}
                    return nil
                } catch {
                    return error
                }
            }
            #expect(error == .cancelled)
            #expect(server.wait { $0.departures == 1 })
        }

        /// The kernel, libcurl and we each cut what comes into pieces of 16 KiB; none may take a full piece for the last
        /// one, nor a short one for all there is.
        @Test(arguments: [1, 2, 3, 7], [-1, 0, 1])
        func sizesAroundTheReadSizeArriveWhole(pieces: Int, offset: Int) throws {
            let body = pattern(pieces * UpstreamConnection.readBytes + offset)
            for closes in [false, true] {
                let server = try ScriptedServer { peer in
                    while try peer.request() != nil {
                        let head = closes ? "" : "Content-Length: \(body.count)\r\n"
                        // In one write, and the end of the connection with its last bytes.
                        try peer.write(Array("HTTP/1.1 200 OK\r\n\(head)\r\n".utf8) + body)
                        if closes { return }
                    }
                }
                let rig = try Rig()
                for _ in 0..<3 {
                    let fetched = try rig.fetch(server)
                    #expect(same(fetched.body, body))
                }
            }
        }
    }
}
