/// What the fake model says, before it is put into the words of an endpoint.
struct FakeTurn {
    struct Call {
        let id: String
        let name: String
        /// The arguments, cut as a stream sends them.
        let arguments: [String]
    }

    struct Tokens {
        var prompt: Int
        var completion: Int
        var cached = 0
        var reasoning = 0
        /// US dollars, spelled as the wire shows it.
        var cost: String

        var total: Int { prompt + completion }
    }

    /// `gen-<unix>-<20 characters>`; also the `X-Generation-Id` header.
    var generation: String
    var model: String
    var provider: String
    /// Cut as a stream sends it, one event per piece; whole in other answers.
    var reasoning: [String] = []
    var text: [String]
    var calls: [Call] = []
    /// `finish_reason` of a chat answer.
    var finish = "stop"
    var tokens: Tokens

    static let created = 1_776_809_776

    /// Row 34: two parallel calls whose arguments come in fragments.
    static let weatherCalls = [
        Call(id: "call_paris", name: "get_weather", arguments: ["{\"ci", "ty\":\"Par", "is\"}"]),
        Call(id: "call_rome", name: "get_weather", arguments: ["{\"city\"", ":\"Rome\"}"]),
    ]
}
