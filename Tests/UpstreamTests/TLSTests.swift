import EventLoop
import Model
import TestSupport
import Testing

@testable import Upstream

extension UpstreamTests {
    @Suite(.enabled(if: TLSFront.isAvailable, "needs openssl and Python"))
    struct TLSTests {
        private func fetch(
            _ rig: Rig, _ front: TLSFront, _ tls: TLSVerification, host: String = "localhost", body: Int = 2
        ) throws -> Fetched {
            let target = UpstreamTarget.secure(front.port, tls, host: host)
            return try rig.run { try await $0.fetch(target, body: body) }
        }

        private func expectRefusal(
            _ rig: Rig, _ target: UpstreamTarget, _ failure: UpstreamError.ConnectFailure, naming word: String = ""
        ) throws {
            guard case .connect(failure, let detail) = try rig.failure(target) else {
                Issue.record("another error: \(String(describing: try rig.failure(target)))")
                return
            }
            #expect(detail.contains(word), "\(detail)")
        }

        @Test func anUnknownAuthorityIsRefusedUnlessNamed() throws {
            let server = try ScriptedServer(answering: answer())
            let front = try TLSFront(to: server)
            let rig = try Rig()
            try expectRefusal(rig, .secure(front.port, .system), .certificate, naming: "certificate")
            #expect(server.requestCount == 0, "nothing was sent, so no key either")
            #expect(try fetch(rig, front, .bundle(front.bundle)).text == "ok")
            #expect(try fetch(rig, front, .bundle(front.bundle), host: "127.0.0.1").text == "ok")
            let trusting = try Rig(Rig.settings(bundle: front.bundle))
            #expect(try fetch(trusting, front, .system).text == "ok")
        }

        @Test func anUnverifiedSessionDoesNotVouch() throws {
            let server = try ScriptedServer(answering: answer())
            let front = try TLSFront(to: server)
            let rig = try Rig()
            for _ in 0..<3 {
                #expect(try fetch(rig, front, .off).text == "ok")
                try expectRefusal(rig, .secure(front.port, .system), .certificate)
            }
            #expect(server.state.value.accepted >= 1)
        }

        @Test func theWrongHostIsRefused() throws {
            let front = try TLSFront(to: try ScriptedServer(answering: answer()), .otherHost)
            let rig = try Rig()
            try expectRefusal(rig, .secure(front.port, .bundle(front.bundle)), .certificate, naming: "localhost")
        }

        @Test func anExpiredCertificateIsRefused() throws {
            let front = try TLSFront(to: try ScriptedServer(answering: answer()), .expired)
            let rig = try Rig()
            try expectRefusal(rig, .secure(front.port, .bundle(front.bundle)), .certificate, naming: "expired")
        }

        @Test func aBundleThatIsNotThereIsNamed() throws {
            let front = try TLSFront(to: try ScriptedServer(answering: answer()))
            let rig = try Rig()
            try expectRefusal(
                rig, .secure(front.port, .bundle("/nonexistent/ca.pem")), .certificate, naming: "/nonexistent/ca.pem")
        }

        @Test func aPortWithoutTLSIsATLSFailure() throws {
            let server = try ScriptedServer { peer in
                _ = try peer.bytes(5)
                try peer.write("HTTP/1.1 400 Bad Request\r\n\r\n")
            }
            let rig = try Rig()
            try expectRefusal(rig, .secure(server.port, .off), .tls)
        }

        @Test func aHandshakeThatDoesNotEndTimesOut() throws {
            let server = try ScriptedServer { peer in peer.waitForDeparture() }
            let rig = try Rig(Rig.settings(connectTime: .milliseconds(200)))
            #expect(try rig.failure(.secure(server.port, .off)) == .timeout(.connect))
            #expect(server.wait { $0.departures == 1 })
        }

        /// A TLS 1.3 server sends session tickets after the handshake: bytes on an idle connection that are no answer.
        @Test func sessionTicketsDoNotEndAConnectionAtRest() throws {
            let server = try ScriptedServer(answering: answer())
            let front = try TLSFront(to: server)
            let rig = try Rig()
            let target = UpstreamTarget.secure(front.port, .off)
            try rig.run { desk in
                for _ in 0..<10 { _ = try await desk.fetch(target) }
                // Long enough for a sweep.
                let end = desk.reactor.now + .milliseconds(1200)
                #expect(await desk.turn { desk.reactor.now > end })
                #expect(desk.client.restingConnections == 1)
                _ = try await desk.fetch(target)
            }
            #expect(server.state.value.accepted == 1)
        }

        @Test func aConnectionClosedAtRestIsReplaced() throws {
            let server = try ScriptedServer { peer in
                _ = try peer.request()
                try peer.write(answer())
            }
            let front = try TLSFront(to: server)
            let rig = try Rig()
            for _ in 0..<20 { #expect(try fetch(rig, front, .off).text == "ok") }
        }

        /// The server's kernel takes little at a time, so that libcurl has to be asked again with the same bytes.
        @Test func largeBodiesAreExactBothWays() throws {
            let bytes = 6 << 20
            let server = try ScriptedServer { peer in
                peer.limitReceiveBuffer(bytes: 128 << 10)
                while try peer.request() != nil {
                    try peer.write("HTTP/1.1 200 OK\r\nContent-Length: \(bytes)\r\n\r\n")
                    try peer.write(pattern(bytes))
                }
            }
            let front = try TLSFront(to: server)
            let rig = try Rig()
            for _ in 0..<2 {
                #expect(same(try fetch(rig, front, .off, body: bytes).body, pattern(bytes)))
                #expect(same(server.state.value.body, pattern(bytes)))
            }
            #expect(server.state.value.accepted == 1)
        }

        @Test func aBodyMayEndWithTheConnection() throws {
            let server = try ScriptedServer { peer in
                _ = try peer.request()
                try peer.write("HTTP/1.1 200 OK\r\n\r\nto the end")
            }
            let front = try TLSFront(to: server)
            #expect(try fetch(Rig(), front, .off).text == "to the end")
        }

        @Test func aRefusalBeforeTheBodyIsReadIsDelivered() throws {
            let server = try ScriptedServer { peer in
                _ = try peer.requestHead()
                try peer.write(answer("too large", status: 413, fields: "Connection: close\r\n"))
                while try peer.piece() != nil {}
            }
            let front = try TLSFront(to: server)
            let rig = try Rig()
            #expect(try fetch(rig, front, .off, body: 8 << 20).status == 413)
        }

        /// No signal may come of it either: OpenSSL's own socket calls would raise SIGPIPE.
        @Test func anUpstreamThatClosesWhileItIsSentToIsAnError() throws {
            let server = try ScriptedServer { peer in
                _ = try peer.requestHead()
                peer.resetAtEnd()
            }
            let front = try TLSFront(to: server)
            let rig = try Rig()
            for _ in 0..<5 {
                #expect(try rig.failure(.secure(front.port, .off), body: 8 << 20) == .closedBeforeAnswer)
            }
        }

        /// The store of certificates is loaded once for a multi, not for each connection, which would cost 36 ms.
        @Test func theCertificatesAreReadOnce() throws {
            let server = try ScriptedServer(answering: answer())
            let front = try TLSFront(to: server)
            let target = UpstreamTarget.secure(front.port, .bundle(front.bundle))
            let rig = try Rig()
            try rig.run { desk in
                let held = try await desk.send(target)
                try front.replaceBundle("no certificate")
                _ = try await desk.fetch(target)
                _ = try await desk.read(held)
            }
            #expect(server.state.value.accepted == 2)
            let other = try Rig()
            try expectRefusal(other, target, .certificate)
        }
    }
}
