import Routing
import Testing

/// The table of what a failure means, row by row.
@Suite struct VerdictTests {
    typealias Row = (FailureClass, Verdict.Retry, Verdict.Fallback, Verdict.Cooldown)

    static let rows: [Row] = [
        (.badRequest, .never, .none, .none),
        (.contextWindow, .never, .contextWindow, .none),
        (.contentPolicy, .never, .contentPolicy, .none),
        (.authentication, .others, .general, .atOnce),
        (.paymentRequired, .others, .general, .none),
        (.permission, .others, .general, .atOnce),
        (.notFound, .others, .general, .none),
        (.requestTooLarge, .others, .general, .none),
        (.sampling, .any, .general, .none),
        (.notSupported, .never, .general, .none),
        (.timeout, .any, .general, .counts),
        (.rateLimit, .any, .general, .whenNotAlone),
        (.internalServer, .any, .general, .counts),
        (.badGateway, .any, .general, .counts),
        (.serviceUnavailable, .any, .general, .counts),
        (.connection, .any, .general, .counts),
        (.unusableAnswer, .never, .none, .none),
    ]

    @Test func everyRow() {
        #expect(Set(Self.rows.map(\.0)) == Set(FailureClass.allCases))
        for (failure, retry, fallback, cooldown) in Self.rows {
            let verdict = Verdict.on(failure)
            #expect(verdict.retry == retry, "\(failure)")
            #expect(verdict.fallback == fallback, "\(failure)")
            #expect(verdict.cooldown == cooldown, "\(failure)")
        }
    }
}
