import EventLoop
import Glibc
import Model
import TestSupport
import Testing

@testable import Upstream

extension UpstreamTests {
    @Suite struct CrowdTests {
        /// More than one multi takes: each request is answered only when all have arrived.
        @Test func threeHundredAtOnce() throws {
            let count = 300
            let arrived = Watched(0)
            let server = try ScriptedServer { peer in
                while try peer.request() != nil {
                    arrived.update { $0 += 1 }
                    _ = arrived.wait(.seconds(60)) { $0 >= count ? true : nil }
                    try peer.write(answer("\(peer.number)"))
                }
            }
            let rig = try Rig()
            let port = server.port
            let pending = (0..<count).map { _ in rig.start { try await $0.fetch(.plain(port)).text } }
            let texts = try pending.map { try $0.value() }
            #expect(Set(texts).count == count)
            #expect(try rig.run { $0.client.restingConnections } == 256, "what the limit allows")
            #expect(server.wait { $0.finished == count - 256 })
            // All the same once more, over what rests.
            for _ in 0..<count { _ = try rig.fetch(server) }
            #expect(server.state.value.accepted == count)
        }

        /// Each multi may hold a store of certificates, 0.8 MB: what a burst needed is not kept for good.
        @Test func aBurstLeavesOneMultiBehind() throws {
            let server = try ScriptedServer(answering: answer())
            let rig = try Rig()
            let port = server.port
            try rig.run { desk in
                var answers: [UpstreamAnswer] = []
                for _ in 0..<150 { answers.append(try await desk.send(.plain(port))) }
                #expect(desk.client.connector.shards.map(\.handles) == [64, 64, 22])
                answers.removeAll()
                #expect(desk.client.connector.shards.map(\.handles) == [0])
                _ = try await desk.fetch(.plain(port))
            }
            #expect(server.wait { $0.finished == 150 })
        }

        @Test func anExchangeNeverLeavesItsThread() throws {
            let server = try ScriptedServer(answering: answer())
            let rig = try Rig()
            let port = server.port
            let foreign = try rig.run { desk in
                let executor = desk.executor
                for _ in 0..<10 { _ = try await desk.fetch(.plain(port)) }
                let before = executor.foreignJobs
                for _ in 0..<500 {
                    _ = try await desk.fetch(.plain(port))
                    executor.checkIsolated()
                }
                // And with a connect each.
                for _ in 0..<50 {
                    let answer = try await desk.send(.plain(port))
                    answer.cancel()
                }
                return executor.foreignJobs - before
            }
            #expect(foreign == 0)
        }

        /// In a process of its own, where nobody else opens descriptors.
        @Test func noOutcomeLeaksADescriptor() async {
            await #expect(processExitsWith: .success) {
                let gone = try ScriptedServer { _ in }.port
                let server = try ScriptedServer { peer in
                    while let line = try peer.request() {
                        _ = line
                        switch peer.number % 6 {
                        case 0: try peer.write(answer())
                        case 1: return
                        case 2: try peer.write("garbage\r\n\r\n")
                        case 3: try peer.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell")
                        case 4: peer.waitForDeparture()
                        default:
                            try peer.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell")
                            return peer.resetAtEnd()
                        }
                    }
                }
                let port = server.port
                let rig = try Rig(Rig.settings(connectTime: .seconds(5)))
                let round: @Sendable (Desk) async -> Void = { desk in
                    let patience = Patience(firstByte: .milliseconds(20), idle: .milliseconds(20))
                    for target in [
                        UpstreamTarget.plain(port), .plain(gone), .plain(gone, host: "nothing.invalid"),
                        .secure(gone, .off), .plain(port), .plain(port),
                    ] {
                        _ = try? await desk.fetch(target, patience: patience)
                    }
                }
                try rig.run { desk in for _ in 0..<3 { await round(desk) } }
                let before = openDescriptors()
                try rig.run { desk in for _ in 0..<50 { await round(desk) } }
                // One connection may rest, at either end; the server's threads close theirs a moment later.
                let isEven = try rig.run { desk in await desk.turn { openDescriptors() <= before + 2 } }
                exit(isEven ? 0 : 1)
            }
        }
    }
}

/// Of this process.
private func openDescriptors() -> Int {
    guard let directory = unsafe opendir("/proc/self/fd") else { return 0 }
    defer { unsafe closedir(directory) }
    var count = 0
    while unsafe readdir(directory) != nil { count += 1 }
    return count
}
