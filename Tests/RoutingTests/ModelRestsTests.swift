import Model
import Testing

@testable import Routing

/// A wildcard deployment serves many models: what is wrong with one of them must not stop the others.
@Suite struct ModelRestsTests {
    private static let now = Duration.seconds(1000)

    private func fail(
        _ state: inout DeploymentState, _ status: Int, _ model: String?, retryAfter: Duration? = nil,
        isAlone: Bool = true,
        at now: Duration = now
    ) -> Bool {
        let failure = UpstreamFailure(cause: .status, provider: "openrouter", status: status, message: "no")
        state.started(at: now)
        return state.failed(
            failure, FailureClass(failure), at: now, rules: .init(), isAlone: isAlone, retryAfter: retryAfter, own: nil,
            model: model
        ).rests
    }

    @Test(arguments: [429, 503, 403])
    func aRetryAfterOrRefusalRestsItsModelOnly(_ status: Int) {
        var state = DeploymentState()
        #expect(fail(&state, status, "a/free", retryAfter: .seconds(17)))
        #expect(state.availability(at: Self.now, model: "a/free") == .resting(until: Self.now + .seconds(17)))
        #expect(state.availability(at: Self.now, model: "b/other") == .ready)
        #expect(state.availability(at: Self.now + .seconds(17), model: "a/free") == .ready)
        #expect(state.rest(at: Self.now, model: "a/free")?.reason.status == status)
        #expect(state.rest(at: Self.now, model: "b/other") == nil)
    }

    @Test(arguments: [401])
    func aBadKeyRestsThemAll(_ status: Int) {
        var state = DeploymentState()
        #expect(fail(&state, status, "a/free"))
        #expect(state.availability(at: Self.now, model: "b/other") == .resting(until: Self.now + .seconds(5)))
    }

    @Test func anAnswerHealsItsModel() {
        var state = DeploymentState()
        _ = fail(&state, 429, "a/free", retryAfter: .seconds(17))
        _ = fail(&state, 429, "b/free", retryAfter: .seconds(17))
        state.started(at: Self.now)
        state.succeeded(at: Self.now, tokens: 1, perToken: nil, firstToken: nil, model: "a/free")
        #expect(state.availability(at: Self.now, model: "a/free") == .ready)
        #expect(state.availability(at: Self.now, model: "b/free") != .ready)
    }

    @Test func aLaterFailureNeverShortensARest() {
        var state = DeploymentState()
        _ = fail(&state, 429, "a/free", retryAfter: .seconds(17))
        _ = fail(&state, 429, "a/free", retryAfter: .seconds(2))
        #expect(state.availability(at: Self.now, model: "a/free") == .resting(until: Self.now + .seconds(17)))
    }

    @Test func namesThatClientsMakeUpCannotGrowIt() {
        var state = DeploymentState()
        for number in 0..<10_000 {
            _ = fail(&state, 429, "made/up-\(number)", retryAfter: .seconds(60))
        }
        #expect(state.modelRests.current(at: Self.now).count == ModelRests.most)
        #expect(state.clearRests(at: Self.now) == ModelRests.most)
        #expect(state.modelRests.current(at: Self.now).isEmpty)
    }
}
