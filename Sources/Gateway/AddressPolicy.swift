internal import ConfigFile
internal import HTTPServer
internal import HTTPWire
internal import Model

/// Which addresses may use the gateway: `allowed_ips`. Immutable, shared.
///
/// The probes of an orchestrator (liveness, readiness) are answered to everybody, as with a master key: they come from
/// addresses that nobody knows beforehand, and tell nothing.
struct AddressPolicy: Sendable {
    private let ranges: [AddressRange]
    /// A proxy in front of the gateway tells the client's address.
    private let usesForwardedFor: Bool

    /// `nil` where every address may ask.
    init?(_ general: GeneralSettings) {
        guard let ranges = general.allowedAddresses else { return nil }
        self.ranges = ranges
        usesForwardedFor = general.usesForwardedFor
    }

    /// To be asked before anything is done for a request.
    /// - Throws: `.foreignAddress`.
    func check(_ exchange: ServerExchange) throws(GatewayError) {
        let address = usesForwardedFor ? AddressPolicy.forwardedAddress(exchange) : exchange.clientAddress
        if let address, ranges.contains(where: { $0.contains(address) }) { return }
        switch try? Routes.find(exchange.head).operation {
        case .liveness, .readiness: return
        default: throw .foreignAddress(address)
        }
    }

    /// What the proxy that is nearest has added: the last item of the last field. What stands before it may be the client's
    /// own invention. Without the field nobody stands between.
    private static func forwardedAddress(_ exchange: ServerExchange) -> IPAddress? {
        let fields = exchange.head.fields
        var last: Range<Int>?
        fields.forEach("x-forwarded-for") { last = $0 }
        guard let last else { return exchange.clientAddress }
        return address(lastOf: fields.string(last))
    }

    /// With a port, as some proxies write it: `203.0.113.7:4711`, `[2001:db8::7]:4711`.
    static func address(lastOf list: String) -> IPAddress? {
        let bytes = list.utf8
        let start = bytes.lastIndex(of: UInt8(ascii: ",")).map { bytes.index(after: $0) } ?? bytes.startIndex
        let item = Substring(withoutOuterBlanks(String(Substring(bytes[start...]))))
        if let address = IPAddress(item.utf8) { return address }
        var host = splitAuthority(item).host.utf8
        if host.first == UInt8(ascii: "["), host.last == UInt8(ascii: "]") { host = host.dropFirst().dropLast() }
        return IPAddress(host)
    }
}
