import Glibc
import Model
import Synchronization
import TestSupport
import Testing

@testable import Upstream

extension UpstreamTests {
    @Suite struct ProxyTests {
        /// A proxy that is the origin as well, once a tunnel to it was asked for.
        struct Tunnel: Sendable {
            let server: ScriptedServer
            /// The lines of the latest CONNECT.
            let head: Watched<[String]>

            init(answering connect: String = "HTTP/1.1 200 Connection established\r\n\r\n") throws {
                let head = Watched<[String]>([])
                self.head = head
                server = try ScriptedServer { peer in
                    var lines: [String] = []
                    while let line = try peer.line(), !line.isEmpty { lines.append(line) }
                    head.update { [lines] in $0 = lines }
                    try peer.write(connect)
                    while try peer.request() != nil { try peer.write(answer("by proxy")) }
                }
            }
        }

        /// Nothing listens on this port of the loopback: who gets there has taken no proxy.
        private static let origin = UpstreamTarget.plain(9, host: "127.0.0.1")

        @Test func anHTTPProxyIsAskedForATunnel() throws {
            let tunnel = try Tunnel()
            let rig = try Rig(Rig.settings(proxy: "http://127.0.0.1:\(tunnel.server.port)"))
            for _ in 0..<3 { #expect(try rig.run { try await $0.fetch(Self.origin) }.text == "by proxy") }
            #expect(tunnel.head.value.first == "CONNECT 127.0.0.1:9 HTTP/1.1")
            #expect(tunnel.server.state.value.requests == [1, 1, 1])
        }

        @Test(.enabled(if: TLSFront.isAvailable, "needs openssl and Python"))
        func theTunnelCarriesTLSThatTheProxyCannotRead() throws {
            let server = try ScriptedServer(answering: answer("private"))
            let front = try TLSFront(to: server)
            let inner = front.port
            let proxy = try ScriptedServer { peer in
                #expect(try peer.line() == "CONNECT localhost:\(inner) HTTP/1.1")
                while let line = try peer.line(), !line.isEmpty {}
                try peer.write("HTTP/1.1 200 OK\r\n\r\n")
                try peer.relay(to: inner)
            }
            let rig = try Rig(Rig.settings(bundle: front.bundle, proxy: "http://127.0.0.1:\(proxy.port)"))
            for _ in 0..<2 {
                #expect(try rig.run { try await $0.fetch(.secure(inner, .system)) }.text == "private")
            }
            #expect(proxy.state.value.accepted == 1)
            // The proxy's word says nothing about the origin: its certificate is judged all the same.
            let wary = try Rig(Rig.settings(proxy: "http://127.0.0.1:\(proxy.port)"))
            guard case .connect(.certificate, _) = try wary.failure(.secure(inner, .system)) else {
                Issue.record("not refused")
                return
            }
        }

        @Test func theProxysCredentialsGoToTheProxyOnly() throws {
            let tunnel = try Tunnel()
            let rig = try Rig(Rig.settings(proxy: "http://user:secret@127.0.0.1:\(tunnel.server.port)"))
            #expect(try rig.run { try await $0.fetch(Self.origin) }.text == "by proxy")
            #expect(tunnel.head.value.contains("Proxy-Authorization: Basic dXNlcjpzZWNyZXQ="))
        }

        @Test func aSOCKSProxy() throws {
            let asked = Watched<[UInt8]>([])
            let server = try ScriptedServer { peer in
                // RFC 1928: version, methods; then version, connect, reserved, address type, address, port.
                let greeting = try peer.bytes(2)
                _ = try peer.bytes(Int(greeting[1]))
                try peer.write([5, 0])
                let request = try peer.bytes(10)
                asked.update { $0 = request }
                try peer.write([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
                while try peer.request() != nil { try peer.write(answer("by socks")) }
            }
            let rig = try Rig(Rig.settings(proxy: "socks5://127.0.0.1:\(server.port)"))
            for _ in 0..<2 { #expect(try rig.run { try await $0.fetch(Self.origin) }.text == "by socks") }
            #expect(asked.value == [5, 1, 0, 1, 127, 0, 0, 1, 0, 9])
            #expect(server.state.value.accepted == 1)
        }

        @Test(arguments: [403, 407, 502])
        func aProxyThatRefusesIsNamed(status: Int) throws {
            let tunnel = try Tunnel(answering: "HTTP/1.1 \(status) No\r\nContent-Length: 0\r\n\r\n")
            let rig = try Rig(Rig.settings(proxy: "http://user:secret@127.0.0.1:\(tunnel.server.port)"))
            guard case .connect(.proxy, let detail) = try rig.failure(Self.origin) else {
                Issue.record("another error: \(String(describing: try rig.failure(Self.origin)))")
                return
            }
            #expect(detail.contains("\(status)"), "\(detail)")
            #expect(!detail.contains("secret"))
        }

        @Test func aSOCKSProxyThatRefusesIsNamed() throws {
            let server = try ScriptedServer { peer in
                let greeting = try peer.bytes(2)
                _ = try peer.bytes(Int(greeting[1]))
                try peer.write([5, 0])
                _ = try peer.bytes(10)
                try peer.write([5, 2, 0, 1, 0, 0, 0, 0, 0, 0])
            }
            let rig = try Rig(Rig.settings(proxy: "socks5://127.0.0.1:\(server.port)"))
            guard case .connect(.proxy, let detail) = try rig.failure(Self.origin) else {
                Issue.record("another error: \(String(describing: try rig.failure(Self.origin)))")
                return
            }
            #expect(detail.contains("SOCKS"), "\(detail)")
        }

        @Test func aProxyThatIsNotThere() throws {
            let port = try ScriptedServer { _ in }.port
            let rig = try Rig(Rig.settings(proxy: "http://127.0.0.1:\(port)"))
            guard case .connect(.refused, let detail) = try rig.failure(Self.origin) else {
                Issue.record("another error")
                return
            }
            #expect(detail.contains("\(port)"), "\(detail)")
        }

        /// In a process of its own: the environment belongs to all threads.
        @Test func withoutASettingTheEnvironmentDecides() async {
            await #expect(processExitsWith: .success) {
                let tunnel = try Tunnel()
                let direct = try ScriptedServer(answering: answer("direct"))
                unsafe setenv("http_proxy", "http://127.0.0.1:\(tunnel.server.port)", 1)
                unsafe setenv("no_proxy", "localhost", 1)
                var settings = Rig.settings()
                settings.proxy = nil
                let rig = try Rig(settings)
                let proxied = try rig.run { try await $0.fetch(Self.origin) }.text
                let port = direct.port
                let unproxied = try rig.run { try await $0.fetch(.plain(port, host: "localhost")) }.text
                exit(proxied == "by proxy" && unproxied == "direct" ? 0 : 1)
            }
        }
    }
}
