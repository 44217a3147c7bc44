import Model
import Testing

@Suite struct ClientNetworkTests {
    @Test func anIPv4AddressIsAClient() {
        let one = ClientNetwork(ipv4: 0xCB00_7107)
        #expect(one.description == "203.0.113.7")
        #expect(one != ClientNetwork(ipv4: 0xCB00_7108))
        #expect(!one.isLoopback)
        for address: UInt32 in [0x7F00_0001, 0x7FFF_FFFF] { #expect(ClientNetwork(ipv4: address).isLoopback) }
        for address: UInt32 in [0, 0x7EFF_FFFF, 0x8000_0000, .max] {
            #expect(!ClientNetwork(ipv4: address).isLoopback)
        }
    }

    @Test func a64OfIPv6IsAClient() {
        let one = ClientNetwork(ipv6: 0x2001_0db8_0000_0007, 1)
        #expect(one.description == "2001:db8:0:7::/64")
        #expect(one == ClientNetwork(ipv6: 0x2001_0db8_0000_0007, .max))
        #expect(one != ClientNetwork(ipv6: 0x2001_0db8_0000_0008, 1))
        #expect(!one.isLoopback)
        #expect(ClientNetwork(ipv6: 0, 1).isLoopback)
    }

    @Test func anIPv4AddressOnAnIPv6SocketIsTheIPv4Address() {
        let mapped = ClientNetwork(ipv6: 0, 0x0000_FFFF_CB00_7107)
        #expect(mapped == ClientNetwork(ipv4: 0xCB00_7107))
        #expect(!mapped.isLoopback)
        #expect(ClientNetwork(ipv6: 0, 0x0000_FFFF_7F00_0001).isLoopback)
        #expect(ClientNetwork(ipv6: 1, 0x0000_FFFF_7F00_0001) != ClientNetwork(ipv4: 0x7F00_0001))
    }

    /// Equal bits, other kinds of addresses.
    @Test func theTwoKindsAreNeverTheSame() {
        #expect(ClientNetwork(ipv6: 0xCB00_7107, 0) != ClientNetwork(ipv4: 0xCB00_7107))
    }
}
