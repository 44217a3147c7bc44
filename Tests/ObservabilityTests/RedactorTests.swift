import Model
import Testing

@testable import Observability

@Suite struct RedactorTests {
    static let known = [
        "known-secret-value", "s3cr3t", "known-secret-value-longer", "pass/w\"ord", "short", "8675309", "/+odd==",
    ]
    static let redactor = Redactor(secrets: known.map { Secret($0) })

    static let table: [(text: String, redacted: String)] = [
        ("", ""), ("nothing", "nothing"),
        // By value, wherever it stands.
        ("known-secret-value", "[redacted]"), ("<known-secret-value>", "<[redacted]>"),
        ("xknown-secret-valuex", "x[redacted]x"), ("known-secret-value-longer!", "[redacted]!"),
        ("s3cr3ts3cr3t", "[redacted][redacted]"), ("s3cr3", "s3cr3"), ("short", "short"),
        ("a pass/w\"ord b", "a [redacted] b"), ("id 86753097", "id [redacted]7"),
        // By shape.
        ("sk-or-v1-0123456789abcdef", "[redacted]"), ("key: sk-proj-abc_DEF-1234.", "key: [redacted]."),
        ("(sk-12345678)", "([redacted])"), ("\"sk-12345678\"", "\"[redacted]\""),
        ("AIzaSyA0123456789abcdefghijk", "[redacted]"), ("gsk_0123456789abcdef0", "[redacted]"),
        ("xai-0123456789abcdef0", "[redacted]"), ("hf_0123456789abcdefgh", "[redacted]"),
        ("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.abc", "[redacted]"),
        ("s3cr3tsk-12345678", "[redacted][redacted]"),
        ("Authorization: Bearer abcdef0123", "Authorization: Bearer [redacted]"),
        ("authorization: bearer Abcdefghij", "authorization: bearer [redacted]"),
        ("AUTHORIZATION: BEARER Abcdefghij", "AUTHORIZATION: BEARER [redacted]"),
        ("Bearer abcdefghijklmnopqrstuvwxyz", "Bearer [redacted]"),
        ("https://h/v1?key=abcd1234&x=1", "https://h/v1?key=[redacted]&x=1"),
        ("?api_key=abcd1234", "?api_key=[redacted]"), ("?access_token=abcd1234", "?access_token=[redacted]"),
        ("?token=abcd1234", "?token=[redacted]"),
        // A full stop belongs to the sentence.
        ("POST /sk-12345678. GET /routes", "POST /[redacted]. GET /routes"), ("sk-12345678...", "[redacted]..."),
        ("Bearer abcdef0123. Then", "Bearer [redacted]. Then"), ("?key=abcd.1234.", "?key=[redacted]."),
        ("Bearer ....", "Bearer ...."),
        // Behind whatever stands before it in a path, a URL or an escaped text.
        ("https://host/sk-12345678/v1", "https://host/[redacted]"), ("x/sk-or-v1-12345678", "x/[redacted]"),
        ("a+sk-12345678", "a+[redacted]"), ("x-sk-12345678", "x-[redacted]"), ("u_sk-12345678", "u_[redacted]"),
        ("?next=%2Fsk-12345678", "?next=%2F[redacted]"), (#"\u0022sk-12345678\u0022"#, #"\u0022[redacted]\u0022"#),
        (#"line\nsk-12345678"#, #"line\n[redacted]"#), ("Bearer/abcdef0123", "Bearer/[redacted]"),
        ("Bearer%20abcdef0123", "Bearer%20[redacted]"), ("Bearer+abcdef0123", "Bearer+[redacted]"),
        ("bearer:abcdef0123", "bearer:[redacted]"), ("Bearer: abcdef0123", "Bearer: [redacted]"),
        ("Bearer=abcdef0123", "Bearer=[redacted]"), ("Bearer  abcdef0123", "Bearer  [redacted]"),
        ("?u=%3Fapi_key%3Dabcd1234", "?u=%3Fapi_key%3D[redacted]"),
        // A known one however its bytes are written.
        ("a=pass%2Fw%22ord", "a=[redacted]"), ("a=pass%2fw%22ord", "a=[redacted]"),
        (#"{\"a\":\"pass\/w\\\"ord\"}"#, #"{\"a\":\"[redacted]\"}"#),
        (#"pass\u002fw\u0022ord"#, "[redacted]"), ("%2F+odd==", "[redacted]"), ("/%2Bodd%3d%3D", "[redacted]"),
        // And nothing else.
        ("openrouter/abcdef0123", "openrouter/abcdef0123"), ("forbearer/abc", "forbearer/abc"),
        ("bear/abcd", "bear/abcd"),
        ("pass%2Fword", "pass%2Fword"), ("%2", "%2"), (#"\u00"#, #"\u00"#),
        ("pplx-embed-context-v1-0.6b", "pplx-embed-context-v1-0.6b"), ("pplx-0123456789abcdef", "[redacted]"),
        ("risk-management-office", "risk-management-office"), ("task-12345678", "task-12345678"),
        ("sk-1234", "sk-1234"), ("sk-", "sk-"), ("Bearer ", "Bearer "), ("Bearer", "Bearer"),
        ("Incorrect API key provided: sk-abc*****wxyz.", "Incorrect API key provided: sk-abc*****wxyz."),
        (
            "using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
            "using Bearer auth (i.e. Authorization: Bearer [redacted])."
        ),
        ("Missing bearer authentication in header", "Missing bearer authentication in header"),
        ("Send `Authorization: Bearer <key>`", "Send `Authorization: Bearer <key>`"),
        ("monkey=banana", "monkey=banana"), ("key=", "key="), ("key=ab", "key=ab"),
        ("x-penstock-route: a>b:openai/gpt-4o", "x-penstock-route: a>b:openai/gpt-4o"),
        ("gen-1776809776-AbCdEfGhIjKlMnOpQrSt", "gen-1776809776-AbCdEfGhIjKlMnOpQrSt"),
        ("é sk-12345678 é", "é [redacted] é"),
    ]

    @Test(arguments: table)
    func redacts(_ c: (text: String, redacted: String)) {
        #expect(Self.redactor.redact(c.text) == c.redacted)
        #expect(Self.redactor.redact(c.redacted) == c.redacted, "idempotent")
        let around = Self.redactor.redact("{ \(c.text) }")
        #expect(around == "{ \(c.redacted) }")
    }

    /// In JSON only what stands in strings may go, or the text would be JSON no longer.
    static let json: [(text: String, redacted: String)] = [
        (#"{"a":"s3cr3t"}"#, #"{"a":"[redacted]"}"#),
        (#"{"a":86753097,"b":[8675309,-8675309.5e3]}"#, #"{"a":86753097,"b":[8675309,-8675309.5e3]}"#),
        (#"{"a":"86753097"}"#, #"{"a":"[redacted]7"}"#),
        (#"{"a":"pass/w\"ord"}"#, #"{"a":"[redacted]"}"#),
        (#"{"a":"pass\/w\"ord"}"#, #"{"a":"[redacted]"}"#),
        (#"{"a":"\"s3cr3t\"","b":"\\"}"#, #"{"a":"\"[redacted]\"","b":"\\"}"#),
        (#"{"a":"pass%2Fw%22ord"}"#, #"{"a":"[redacted]"}"#),
        (#"{"a":"pass\u002fw\u0022ord"}"#, #"{"a":"[redacted]"}"#),
        (#"{"a":"{\"b\":\"pass\\/w\\\"ord\"}"}"#, #"{"a":"{\"b\":\"[redacted]\"}"}"#),
        (#"{"a":"pass/w\\","ord":1}"#, #"{"a":"pass/w\\","ord":1}"#),
        (#"{"s3cr3t":1}"#, #"{"[redacted]":1}"#),
        (#"{"a":"Bearer abcdef0123\n"}"#, #"{"a":"Bearer [redacted]\n"}"#),
        (#"{"a":"x\nsk-12345678"}"#, #"{"a":"x\n[redacted]"}"#),
        (#"{"key=":"abcdefgh"}"#, #"{"key=":"abcdefgh"}"#),
    ]

    @Test(arguments: json)
    func redactsJSON(_ c: (text: String, redacted: String)) {
        #expect(String(decoding: Self.redactor.redact(json: Array(c.text.utf8)), as: UTF8.self) == c.redacted)
        #expect(String(decoding: Self.redactor.redact(json: Array(c.redacted.utf8)), as: UTF8.self) == c.redacted)
    }

    /// A half of an escape would leave what is no JSON.
    @Test func aSecretThatEndsInABackslashLeavesJSON() {
        let redactor = Redactor(secrets: [Secret("abcdef\\")])
        let out = redactor.redact(json: Array(#"{"a":"abcdef\\","b":"abcdef\n"}"#.utf8))
        #expect(String(decoding: out, as: UTF8.self) == #"{"a":"[redacted]","b":"abcdef\n"}"#)
        #expect(redactor.redact(#"abcdef\!"#) == "[redacted]!")
    }

    /// Of one request: hidden as long as the request is told of, and in every spelling.
    @Test func hidesWhatARequestHolds() {
        let redactor = Self.redactor.hiding(["d41d8cd9/8f00b204"])
        #expect(
            redactor.redact("a d41d8cd9/8f00b204, s3cr3t d41d8cd9%2F8f00b204") == "a [redacted], [redacted] [redacted]")
        #expect(
            String(decoding: redactor.redact(json: Array(#"{"a":"d41d8cd9\/8f00b204"}"#.utf8)), as: UTF8.self)
                == #"{"a":"[redacted]"}"#)
        #expect(Self.redactor.redact("d41d8cd9/8f00b204") == "d41d8cd9/8f00b204")
        #expect(Self.redactor.hiding([]).redact("s3cr3t") == "[redacted]")
    }

    /// Equal for Unicode, two secrets in bytes.
    @Test func secretsAreBytes() {
        let redactor = Redactor(secrets: [Secret("secret-K"), Secret("secret-\u{212A}")])
        #expect(redactor.redact("secret-K secret-\u{212A}") == "[redacted] [redacted]")
    }

    @Test func leavesBytesThatAreNoText() {
        let bytes = (0...255).map { UInt8($0) }
        #expect(Self.redactor.redact(bytes) == bytes)
    }

    @Test func aSecretThatIsThePlaceholderChangesNothing() {
        let redactor = Redactor(secrets: [Secret("redacted"), Secret("[redacted]")])
        #expect(redactor.redact("is [redacted] here") == "is [redacted] here")
    }

    /// What an error or a log line can be long, in every way that makes the search look twice.
    @Test func isFastOnLongTexts() {
        let clock = ContinuousClock()
        for unit in ["s", "sk-", "key=", "Bearer ", "known-secret-valu", "eyJ", "a", "\\", "\""] {
            let text = Array(String(repeating: unit, count: 8192 / unit.utf8.count).utf8)
            let time = clock.measure {
                _ = Self.redactor.redact(text)
                _ = Self.redactor.redact(json: text)
            }
            // A debug build on a busy machine takes some ten milliseconds; quadratic time would be seconds.
            #expect(time < .seconds(1), "\(unit)")
        }
    }
}
