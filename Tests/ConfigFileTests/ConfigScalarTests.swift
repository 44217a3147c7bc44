import Testing

@testable import ConfigFile

@Suite struct ConfigScalarTests {
    static let numbers: [(text: String, json: String?)] = [
        ("0", "0"), ("7", "7"), ("+1", "1"), ("-1", "-1"), ("-0", "0"), ("1_000", "1000"), ("1__0", "10"),
        ("012", "10"), ("-012", "-10"), ("00", "0"), ("0_", "0"), ("08", nil), ("0o14", nil),
        ("0x1F", "31"), ("-0x10", "-16"), ("0x", nil), ("0b11", "3"), ("0b", nil),
        ("123456789012345678901234567890", "123456789012345678901234567890"), ("0xFFFFFFFFFFFFFFFFFF", nil),
        ("1:30", "90"), ("-1:30", "-90"), ("1:30.5", "90.5"), ("1:60", nil), ("0:30", nil), ("1:", nil), ("::1", nil),
        ("1.5", "1.5"), ("1.50", "1.50"), ("5.", "5.0"), (".5", "0.5"), ("-.5", nil), ("+.5", nil), (".", nil),
        ("01.5", "1.5"), ("1_0.5_0", "10.50"), ("1._5", "1.5"), ("._5", nil),
        ("1.0e+5", "1.0e+5"), ("2.5E-7", "2.5e-7"), ("1.0e5", nil), ("1e-5", nil), ("1.0e+", nil), ("1.0e+999", nil),
        (".inf", nil), (".nan", nil), ("-.inf", nil), ("", nil), ("-", nil), ("+", nil), ("--1", nil), ("1 2", nil),
        ("2024-02-01", nil), ("1.2.3", nil), ("127.0.0.1", nil), ("٣", nil), ("1a", nil), ("_1", nil),
        ("1:99999999999999999999", nil), ("99999999999999999999:30", nil),
    ]

    @Test(arguments: numbers) func numbersAreThoseOfPyYAML(_ c: (text: String, json: String?)) {
        #expect(YAMLNumber.jsonSpelling(of: c.text) == c.json, "\(c.text)")
    }

    static let plain: [(text: String, value: ConfigScalar.Value)] = [
        ("", .null), ("~", .null), ("null", .null), ("Null", .null), ("NULL", .null), ("nuLL", .string("nuLL")),
        ("yes", .bool(true)), ("On", .bool(true)), ("TRUE", .bool(true)), ("tRUE", .string("tRUE")),
        ("no", .bool(false)), ("off", .bool(false)), ("False", .bool(false)), ("y", .string("y")), ("n", .string("n")),
        ("4", .number("4")), ("1e-5", .string("1e-5")), ("=", .string("=")), ("2024-02-01", .string("2024-02-01")),
    ]

    @Test(arguments: plain) func plainScalarsAreThoseOfPyYAML(_ c: (text: String, value: ConfigScalar.Value)) {
        #expect(ConfigScalar(text: c.text, isPlain: true).value == c.value, "\(c.text)")
        #expect(ConfigScalar(text: c.text, isPlain: false).value == .string(c.text), "quoted \(c.text)")
    }
}
