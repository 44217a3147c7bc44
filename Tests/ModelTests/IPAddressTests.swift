import Model
import Testing

@Suite struct IPAddressTests {
    @Test(arguments: [
        ("127.0.0.1", "::ffff:127.0.0.1"), ("10.1.2.3", "::FFFF:a01:203"), ("::1", "0:0:0:0:0:0:0:1"),
        ("2001:db8::", "2001:0db8:0:0:0:0:0:0"), ("2001:db8::1:0", "2001:DB8:0:0:0:0:1:0"),
        ("64:ff9b::192.0.2.1", "64:ff9b::c000:201"), ("::", "0::0"), ("1::", "1:0:0:0:0:0:0::"),
    ])
    func twoSpellingsOfOneAddress(_ one: String, _ other: String) throws {
        #expect(try #require(IPAddress(one)) == #require(IPAddress(other)))
    }

    @Test(arguments: [
        "", "1", "127.1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.04", "1.2.3.4 ", " 1.2.3.4", "1.2.3.+4", "a.b.c.d",
        ":",
        ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "1:2:3:4:5:6:7:8::", "::1:", ":1::", "12345::", "g::",
        "[::1]", "fe80::1%eth0", "1.2.3.4::", "::1.2.3", "1:2:3:4:5:6:7:1.2.3.4", "127.0.0.1.example.com", "localhost",
        "٣.1.1.1",
    ])
    func noAddress(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func loopbackIsLoopbackOnly() throws {
        for text in ["127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1"] {
            #expect(try #require(IPAddress(text)).isLoopback, "\(text)")
        }
        for text in ["126.255.255.255", "128.0.0.0", "0.0.0.0", "::", "::2", "1::1", "::127.0.0.1"] {
            #expect(try !#require(IPAddress(text)).isLoopback, "\(text)")
        }
    }
}
