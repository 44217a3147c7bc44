import ConfigFile
import Model
import Testing

@testable import Routing

/// Which of a request's failed calls count against their deployments.
@Suite struct RequestFailuresTests {
    static let same = "image input is broken at 0x7f01 (request req_19)"
    static let alike = "image input is broken at 0x88ff (request req_77)"

    typealias Case = (rule: String, outcomes: [Outcome], counted: [Bool], isRequestsFault: Bool)

    /// Each outcome is of another deployment.
    static let cases: [Case] = [
        ("one failure counts", [.says(500, same)], [true], false),
        (
            "a request's failure counts once", [.status(500), .says(500, "Else."), .cause(.cut)], [true, false, false],
            false
        ),
        ("a silent one and a failing one", [.cause(.timeout(.firstByte)), .status(500)], [true, false], false),
        ("what refuses a connection has seen nothing", [.cause(.connect), .cause(.connect)], [true, true], false),
        ("a limit of an account is each one's own", [.status(429), .status(429)], [true, true], false),
        (
            "so is what the upstream asks for", [.status(503, retryAfter: 9), .status(503, retryAfter: 9)],
            [true, true], false
        ),
        ("so is a key", [.says(401, "Bad key."), .says(401, "Bad key.")], [true, true], false),
        ("two say the same", [.says(500, same), .says(500, alike)], [true, false], true),
        (
            "also with another between", [.says(500, same), .status(503), .says(500, alike)], [true, false, false], true
        ),
        ("also with 4xx", [.says(409, same), .says(409, same)], [true, false], true),
        ("and with 403", [.says(403, "Key limit."), .says(403, "Key limit.")], [true, false], true),
        ("other words", [.says(500, "One."), .says(500, "Other.")], [true, false], false),
        ("no words of the upstream", [.status(500), .status(500)], [true, false], false),
        ("nothing but a number", [.says(500, "17"), .says(500, "17")], [true, false], false),
        ("a server speaks of itself", [.says(503, same), .says(503, same)], [true, false], false),
        ("502", [.says(502, same), .says(502, same)], [true, false], false),
        ("504", [.says(504, same), .says(504, same)], [true, false], false),
        ("529", [.says(529, same), .says(529, same)], [true, false], false),
        ("the request is wrong", [.says(400, same)], [false], false),
        ("402", [.status(402)], [false], false),
        ("501", [.status(501)], [false], false),
    ]

    @Test(arguments: cases) func theyCount(_ c: Case) throws {
        var failures = RequestFailures()
        var counted: [Bool] = []
        var takenBack: [Int] = []
        for (place, outcome) in c.outcomes.enumerated() {
            let failure = try #require(outcome.failure())
            let judgement = failures.judge(
                failure, FailureClass(failure), of: "d\(place)", isClientsLimit: false,
                isTold: outcome.retryAfter != nil)
            counted.append(judgement.counts)
            takenBack += judgement.takenBack
        }
        #expect(counted == c.counted, "\(c.rule)")
        #expect(failures.isRequestsFault == c.isRequestsFault, "\(c.rule)")
        #expect(takenBack == (c.isRequestsFault ? [0] : []), "\(c.rule)")
    }

    @Test func oneDeploymentThatRepeatsItselfProvesNothing() throws {
        var failures = RequestFailures()
        let failure = try #require(Outcome.says(500, Self.same).failure())
        for number in 0..<3 {
            let judgement = failures.judge(
                failure, .internalServer, of: "a", isClientsLimit: false, isTold: false)
            #expect(judgement == FailureJudgement(counts: number == 0))
        }
        #expect(!failures.isRequestsFault)
        #expect(failures.answered() == [1, 2])
        #expect(failures.answered() == [])
    }

    @Test func whatTheClientChoseNeverCounts() throws {
        var failures = RequestFailures()
        let failure = try #require(Outcome.cause(.timeout(.whole)).failure())
        for id in ["a", "b"] {
            #expect(!failures.judge(failure, .timeout, of: id, isClientsLimit: true, isTold: false).counts)
        }
        #expect(failures.answered() == [])
        #expect(failures.judge(failure, .timeout, of: "c", isClientsLimit: false, isTold: false).counts)
    }

    @Test func whenAnotherOneAnswersAllThatFailedWereAtFault() throws {
        var world = World(["a": ["a1", "a2", "a3"]])
        world.script = ["a1": [.says(500, "One.")], "a2": [.says(500, "Other.")]]
        let played = try world.play()
        #expect(played.text == "a1 a2 a3")
        #expect(played.counted == [true, false])
        for id in ["a1", "a2"] { #expect(world.states[id]?.isFailing == true) }
    }

    // MARK: in the plan

    @Test func aRequestAtFaultGoesToNoThirdDeploymentAndLeavesNoMark() throws {
        for status in [500, 409] {
            var world = World(["a": ["a1", "a2", "a3"], "b": ["b1"]]) { $0.numRetries = 5 }
            world.outcome = { $0 == "b1" ? nil : .says(status, Self.same) }
            for _ in 0..<50 { #expect(try world.play().text == "a1 a2") }
            for id in ["a1", "a2", "a3"] { #expect(world.states[id, default: .init()].rest == nil) }
            #expect(world.states["a1"]?.isFailing == false)
            // Another group may do better.
            world.settings.fallbacks = [FallbackRule(group: "a", targets: ["b"])]
            #expect(try world.play().text == "a1 a2 b1")
        }
    }

    @Test func aRestThatSuchARequestBeganIsTakenBack() throws {
        var world = World(["a": ["a1", "a2"]])
        world.rules.allowedFails = 0
        world.outcome = { _ in .says(500, Self.same) }
        #expect(try world.play().text == "a1 a2")
        for id in ["a1", "a2"] { #expect(world.states[id]?.availability(at: world.now) == .ready) }
        // Others that count stay.
        world.outcome = { _ in .says(500, "Else.") }
        world.settings.numRetries = 0
        _ = try world.play()
        #expect(world.states["a1"]?.rest != nil)
    }

    @Test(arguments: [Outcome.status(501), .says(500, "image input is not supported")])
    func whatIsNotSupportedIsAskedOfNoOtherInTheGroup(_ outcome: Outcome) throws {
        var world = World(["a": ["a1", "a2"], "b": ["b1"]]) {
            $0.numRetries = 5
            $0.fallbacks = [FallbackRule(group: "a", targets: ["b"])]
        }
        world.change("a2") { $0.order = 2 }
        world.change("a1") { $0.order = 1 }
        world.outcome = { $0 == "b1" ? nil : outcome }
        for _ in 0..<20 {
            let played = try world.play()
            #expect(played.text == "a1 b1")
            #expect(played.fallbacks == 1)
        }
        #expect(world.states["a1"]?.rest == nil)
        world.settings.fallbacks = []
        #expect(try world.play().text == "a1")
    }

    @Test func aLimitThatTheClientChoseRestsNobody() throws {
        var world = World(["a": ["a1", "a2"]])
        world.isClientsLimit = true
        world.outcome = { _ in .cause(.timeout(.firstByte)) }
        for _ in 0..<50 { _ = try world.play() }
        for id in ["a1", "a2"] {
            #expect(world.states[id]?.rest == nil)
            #expect(world.states[id]?.latency(isStream: true) == 0)
        }
    }

    @Test func whatItCostIsTheRequests() throws {
        var world = World(["a": ["a1", "a2"]])
        world.outcome = { _ in .status(402) }
        for _ in 0..<20 { #expect(try world.play().text == "a1 a2") }
        for id in ["a1", "a2"] { #expect(world.states[id]?.rest == nil) }
    }
}
