import ConfigFile
import Model
import Routing
import Testing

/// How far a client's `num_retries` counts.
@Suite struct ClientRetriesTests {
    typealias Case = (
        rule: String, wished: Int?, change: @Sendable (inout World) -> Void, retries: Int, limit: Int?
    )

    static let cases: [Case] = [
        ("no wish", nil, { _ in }, 3, nil),
        ("fewer", 1, { _ in }, 1, nil),
        ("none", 0, { _ in }, 0, nil),
        ("as many", 3, { _ in }, 3, nil),
        ("more is what the router gives", 10, { _ in }, 3, 3),
        ("more, and the key allows it", 5, { $0.settings.maxClientRetries = 8 }, 5, nil),
        ("more than the key allows", 10, { $0.settings.maxClientRetries = 8 }, 8, 8),
        ("the key may allow fewer than the router gives", 3, { $0.settings.maxClientRetries = 1 }, 1, 1),
        ("the key says nothing of requests without a wish", nil, { $0.settings.maxClientRetries = 1 }, 3, nil),
        ("no retries for clients", 2, { $0.settings.maxClientRetries = 0 }, 0, 0),
        ("the deployment's own", 10, { $0.change("a1") { $0.numRetries = 5 } }, 5, 5),
        ("the policy's for the class", 10, { $0.settings.retryPolicy = ["InternalServerErrorRetries": 4] }, 4, 4),
        ("the policy's for another class", 10, { $0.settings.retryPolicy = ["TimeoutErrorRetries": 4] }, 3, 3),
    ]

    @Test(arguments: cases) func aWishCountsUpToTheOperatorsLimit(_ c: Case) throws {
        var world = World(["a": ["a1"]]) { $0.numRetries = 3 }
        world.rules.isDisabled = true
        world.script = ["a1": [.status(500)]]
        world.policy.numRetries = c.wished
        c.change(&world)
        let played = try world.play()
        #expect(played.retries == c.retries, "\(c.rule)")
        #expect(played.retryLimit == c.limit, "\(c.rule)")
    }
}
