import EventLoop
import Model
import Testing

@testable import Gateway

@Suite struct AuthenticationThrottleTests {
    static let stranger = ClientNetwork(ipv4: 0xCB00_7107)
    static let other = ClientNetwork(ipv4: 0xCB00_7108)
    static let loopback = ClientNetwork(ipv4: 0x7F00_0001)

    static func at(_ seconds: Int) -> LoopTime { LoopTime(nanoseconds: 1_000_000_000_000) + .seconds(seconds) }

    /// What happens to one key after the other: `counted` is 401, `compared` a right key that is taken, `waits` 429.
    enum Outcome: Equatable { case counted, right, waits(Int) }

    struct Step: Sendable {
        let second: Int
        var client = stranger
        var isRight = false
        let outcome: Outcome

        static func wrong(_ second: Int, _ outcome: Outcome, from client: ClientNetwork = stranger) -> Step {
            Step(second: second, client: client, outcome: outcome)
        }

        static func right(_ second: Int, _ outcome: Outcome, from client: ClientNetwork = stranger) -> Step {
            Step(second: second, client: client, isRight: true, outcome: outcome)
        }
    }

    /// As `Gateway.authenticate` asks for a connection's first key.
    static func play(_ throttle: inout AuthenticationThrottle, _ step: Step) -> Outcome {
        let now = at(step.second)
        if let wait = throttle.wait(of: step.client, at: now) { return .waits(Int(wait.components.seconds)) }
        if step.isRight {
            throttle.rightKey(from: step.client, at: now)
            return .right
        }
        return throttle.wrongKey(from: step.client, at: now).map { .waits(Int($0.components.seconds)) } ?? .counted
    }

    private static let tenAtOnce = (0..<10).map { _ in Step.wrong(0, .counted) }

    static let table: [Row<[Step], Int>] = [
        Row("ten at once, then a wait", tenAtOnce + [.wrong(0, .waits(6)), .wrong(1, .waits(5))], 10),
        Row(
            "then one every six seconds",
            tenAtOnce + [.wrong(6, .counted), .wrong(6, .waits(6)), .wrong(12, .counted)], 10),
        Row(
            "a wait is not made longer by asking",
            tenAtOnce + (1...5).map { .wrong($0, .waits(6 - $0)) } + [.wrong(6, .counted)], 10),
        Row(
            "after a minute all is as before",
            tenAtOnce + (0..<10).map { _ in .wrong(60, .counted) } + [.wrong(60, .waits(6))], 10),
        Row("one every six seconds never waits", (0..<50).map { .wrong($0 * 6, .counted) }, 10),
        Row(
            "addresses are counted apart",
            tenAtOnce + [.wrong(0, .counted, from: other), .right(0, .right, from: other)], 10),
        Row(
            "who waits learns nothing, with the right key either",
            tenAtOnce + [.right(0, .waits(6)), .right(6, .right)], 10),
        Row(
            "who has shown the right key is always served",
            [.right(0, .right)] + tenAtOnce + [.wrong(0, .waits(6)), .right(0, .right), .wrong(0, .waits(6))], 10),
        Row(
            "the right key does not start it anew",
            (0..<9).map { _ in .wrong(0, .counted) } + [.right(0, .right), .wrong(0, .counted), .wrong(0, .waits(6))],
            10),
        Row(
            "this machine may speak for others",
            (0..<10).map { _ in .wrong(0, .counted, from: loopback) } + [
                .wrong(0, .waits(6), from: loopback), .right(0, .right, from: loopback),
            ], 10),
        Row(
            "one a minute", [.wrong(0, .counted), .wrong(0, .waits(60)), .wrong(59, .waits(1)), .wrong(60, .counted)], 1
        ),
        Row("a limit below one is one", [.wrong(0, .counted), .wrong(0, .waits(60))], -5),
    ]

    @Test(arguments: table) func slowsWrongKeys(_ row: Row<[Step], Int>) {
        var throttle = AuthenticationThrottle(limit: row.expected)
        for (index, step) in row.input.enumerated() {
            #expect(Self.play(&throttle, step) == step.outcome, "step \(index)")
        }
    }

    @Test func addressesOfOneIPv6NetworkAreOne() {
        var throttle = AuthenticationThrottle(limit: 10)
        for low in 0..<10 as Range<UInt64> {
            #expect(throttle.wrongKey(from: ClientNetwork(ipv6: 0x2001_0db8_0000_0007, low), at: Self.at(0)) == nil)
        }
        #expect(throttle.wait(of: ClientNetwork(ipv6: 0x2001_0db8_0000_0007, .max), at: Self.at(0)) != nil)
        #expect(throttle.wait(of: ClientNetwork(ipv6: 0x2001_0db8_0000_0008, 0), at: Self.at(0)) == nil)
    }

    @Test func memoryIsBounded() {
        var throttle = AuthenticationThrottle(limit: 10)
        for _ in 0..<10 { _ = throttle.wrongKey(from: Self.stranger, at: Self.at(0)) }
        for number in 0..<100_000 as Range<UInt32> {
            _ = throttle.wrongKey(from: ClientNetwork(ipv4: number), at: Self.at(0))
            #expect(throttle.count <= 2 * AuthenticationThrottle.mostRecent)
        }
        #expect(throttle.wait(of: Self.stranger, at: Self.at(0)) == nil, "forgotten")
    }

    @Test func whoKeepsComingIsNotForgotten() {
        var throttle = AuthenticationThrottle(limit: 10)
        throttle.rightKey(from: Self.stranger, at: Self.at(0))
        for number in 0..<20_000 as Range<UInt32> {
            _ = throttle.wrongKey(from: ClientNetwork(ipv4: number), at: Self.at(0))
            if number % 1000 == 0 { throttle.rightKey(from: Self.stranger, at: Self.at(0)) }
        }
        for _ in 0..<20 { _ = throttle.wrongKey(from: Self.stranger, at: Self.at(0)) }
        #expect(throttle.wait(of: Self.stranger, at: Self.at(0)) == nil, "its right keys are still taken")
    }

    @Test func theEndOfTimeDoesNotTrap() {
        var throttle = AuthenticationThrottle(limit: 10)
        for now in [LoopTime.never, LoopTime(nanoseconds: .min), LoopTime(nanoseconds: 0)] {
            for _ in 0..<20 { _ = throttle.wrongKey(from: Self.stranger, at: now) }
            _ = throttle.wait(of: Self.stranger, at: now)
        }
    }
}
