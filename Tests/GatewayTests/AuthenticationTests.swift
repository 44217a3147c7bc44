import HTTPWire
import Model
import Testing

@testable import Gateway

@Suite struct AuthenticationTests {
    static let key = "sk-master-0123456789"

    enum Verdict: Sendable { case allowed, missing, wrong }

    static func verdict(_ authentication: Authentication, _ fields: [String]) throws -> Verdict {
        let head = try head("POST /v1/x HTTP/1.1\nHost: gateway\n" + fields.map { "\($0)\n" }.joined() + "\n")
        do throws(GatewayError) {
            guard let key = try authentication.presentedKey(head) else { return .allowed }
            return authentication.accepts(key, of: head) ? .allowed : .wrong
        } catch {
            switch error {
            case .missingKey, .malformedAuthorization: return .missing
            default: throw error
            }
        }
    }

    static let table: [Row<[String], Verdict>] = [
        Row("bearer", ["Authorization: Bearer \(key)"], .allowed),
        Row("bearer in lower case", ["authorization: bearer \(key)"], .allowed),
        Row("bearer in upper case", ["AUTHORIZATION: BEARER \(key)"], .allowed),
        Row("two blanks", ["Authorization: Bearer  \(key)"], .allowed),
        Row("basic, taken raw", ["Authorization: Basic \(key)"], .allowed),
        Row("no scheme", ["Authorization: \(key)"], .missing),
        Row("another scheme", ["Authorization: Digest \(key)"], .missing),
        Row("a scheme alone", ["Authorization: Bearer"], .missing),
        Row("a scheme and a blank", ["Authorization: Bearer "], .missing),
        Row("api-key", ["api-key: \(key)"], .allowed),
        Row("x-api-key", ["X-Api-Key: \(key)"], .allowed),
        Row("x-goog-api-key", ["x-goog-api-key: \(key)"], .allowed),
        Row("subscription key", ["Ocp-Apim-Subscription-Key: \(key)"], .allowed),
        Row("own field", ["x-litellm-api-key: \(key)"], .allowed),
        Row("own field with a scheme", ["x-litellm-api-key: Bearer \(key)"], .allowed),
        Row("own field before authorization", ["Authorization: Bearer no", "x-litellm-api-key: \(key)"], .allowed),
        Row("a wrong own field decides", ["Authorization: Bearer \(key)", "x-litellm-api-key: no"], .wrong),
        Row("authorization before api-key", ["api-key: no", "Authorization: Bearer \(key)"], .allowed),
        Row("a wrong bearer decides", ["api-key: \(key)", "Authorization: Bearer no"], .wrong),
        Row("authorization without scheme gives way", ["api-key: \(key)", "Authorization: \(key)"], .allowed),
        Row("none", [], .missing),
        Row("wrong", ["Authorization: Bearer sk-other"], .wrong),
        Row("one byte more", ["Authorization: Bearer \(key)0"], .wrong),
        Row("one byte less", ["Authorization: Bearer \(key.dropLast())"], .wrong),
        Row("empty", ["x-api-key:"], .wrong),
        Row("a cookie is no key", ["Cookie: key=\(key)"], .missing),
        Row("an unknown field is none", ["x-team-key: \(key)"], .missing),
    ]

    @Test(arguments: table)
    func decides(_ row: Row<[String], Verdict>) throws {
        let authentication = Authentication(masterKey: Secret(Self.key), keyHeaderName: nil)
        #expect(try Self.verdict(authentication, row.input) == row.expected)
    }

    static let customField: [Row<[String], Verdict>] = [
        Row("the field", ["X-Team-Key: \(key)"], .allowed),
        Row("the field with a scheme", ["x-team-key: Bearer \(key)"], .allowed),
        Row("the field decides", ["X-Team-Key: no", "Authorization: Bearer \(key)"], .wrong),
        Row("the others still work", ["Authorization: Bearer \(key)"], .allowed),
        Row("none", [], .missing),
    ]

    @Test(arguments: customField)
    func takesAFieldOfTheOperatorsChoice(_ row: Row<[String], Verdict>) throws {
        let authentication = Authentication(masterKey: Secret(Self.key), keyHeaderName: "X-Team-Key")
        #expect(try Self.verdict(authentication, row.input) == row.expected)
    }

    @Test func anEmptyConfiguredKeyLetsNobodyIn() throws {
        let authentication = Authentication(masterKey: Secret(""), keyHeaderName: nil)
        #expect(!authentication.isOpen)
        for fields in [["x-api-key:"], ["Authorization: Bearer x"], ["Authorization: Bearer  "], []] {
            #expect(try Self.verdict(authentication, fields) != .allowed, "\(fields)")
        }
    }

    @Test func withoutAConfiguredKeyEverybodyMayCall() throws {
        let authentication = Authentication(masterKey: nil, keyHeaderName: nil)
        #expect(authentication.isOpen)
        #expect(try Self.verdict(authentication, []) == .allowed)
        #expect(try Self.verdict(authentication, ["Authorization: Bearer whatever"]) == .allowed)
    }

    static let faults: [Row<String, GatewayError.AuthorizationFault>] = [
        Row("the key alone", "Authorization: \(key)", .noScheme),
        Row("an unknown word", "Authorization: Penstock \(key)", .noScheme),
        Row("two words of a key", "Authorization: sk-a b", .noScheme),
        Row("a scheme alone", "Authorization: Bearer", .noKey), Row("in lower case", "Authorization: bearer ", .noKey),
        Row("with a colon", "Authorization: Bearer:", .noKey),
        Row("a token's scheme", "Authorization: Token \(key)", .otherScheme),
        Row("a colon and a key", "Authorization: Bearer: \(key)", .otherScheme),
        Row("digest", "Authorization: Digest \(key)", .otherScheme),
    ]

    @Test(arguments: faults)
    func whatIsWrongWithAuthorizationIsSaid(_ row: Row<String, GatewayError.AuthorizationFault>) throws {
        let authentication = Authentication(masterKey: Secret(Self.key), keyHeaderName: nil)
        let head = try request("GET /v1/models", row.input)
        #expect {
            _ = try authentication.presentedKey(head)
        } throws: { error in
            guard case .malformedAuthorization(let fault) = error as? GatewayError else { return false }
            return fault == row.expected
        }
    }

    @Test func refusalsDoNotRepeatTheKey() {
        let wrong = RefusedKey(Array("sk-or-v1-0123456789".utf8))
        let faults: [GatewayError] = [.malformedAuthorization(.noScheme), .malformedAuthorization(.noKey)]
        for error in [GatewayError.missingKey, .wrongKey, .refusedKey(wrong)] + faults {
            #expect(error.outcome.status == 401)
            #expect(!error.outcome.message.contains("sk-"))
        }
    }
}
