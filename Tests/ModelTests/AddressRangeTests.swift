import Model
import Testing

@Suite struct AddressRangeTests {
    typealias Case = (range: String, inside: [String], outside: [String])

    static let cases: [Case] = [
        ("127.0.0.1", ["127.0.0.1", "::ffff:127.0.0.1"], ["127.0.0.2", "::1", "0.0.0.0"]),
        ("10.0.0.0/8", ["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"], ["9.255.255.255", "11.0.0.0", "a00::"]),
        ("10.1.2.3/8", ["10.9.9.9"], ["11.0.0.0"]),
        ("192.168.1.128/25", ["192.168.1.128", "192.168.1.255"], ["192.168.1.127", "192.168.2.128"]),
        ("0.0.0.0/0", ["0.0.0.0", "255.255.255.255"], ["::1", "::"]),
        ("1.2.3.4/32", ["1.2.3.4"], ["1.2.3.5"]),
        ("::/0", ["::", "ffff::1"], ["1.2.3.4", "::ffff:1.2.3.4"]),
        ("2001:db8::/32", ["2001:db8::", "2001:db8:ffff::1"], ["2001:db9::", "2001:db7:ffff::"]),
        ("2001:db8:0:7::/64", ["2001:db8:0:7::1", "2001:db8:0:7:ffff::"], ["2001:db8:0:8::1"]),
        ("2001:db8::8000:0:0:0/65", ["2001:db8::8000:0:0:1"], ["2001:db8::7fff:0:0:1"]),
        ("fe80::1/128", ["fe80::1"], ["fe80::2"]),
        ("::ffff:10.0.0.0/104", ["10.1.1.1"], ["11.1.1.1", "::10.0.0.0"]),
        ("::ffff:10.0.0.1", ["10.0.0.1", "::ffff:a00:1"], ["10.0.0.2"]),
    ]

    @Test(arguments: cases) func whatIsInside(_ c: Case) throws {
        let range = try #require(AddressRange(c.range))
        for text in c.inside { #expect(try range.contains(#require(IPAddress(text))), "\(text) in \(c.range)") }
        for text in c.outside { #expect(try !range.contains(#require(IPAddress(text))), "\(text) in \(c.range)") }
    }

    @Test(arguments: [
        "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/ 8", "10.0.0.0/8/8", "10.0.0/8", "10.0.0.*",
        "*",
        "::/129", "::/1000", "::ffff:1.2.3.4/95", "localhost", "example.com/8", "10.0.0.0/255.0.0.0", "1.2.3.4-1.2.3.9",
    ])
    func noRange(_ text: String) {
        #expect(AddressRange(text) == nil)
    }
}
