internal import ConfigFile
internal import HTTPWire
internal import Model

/// Which web pages may use the gateway, and under which names it answers, where that matters: without a master key, or
/// with `allowed_origins`. Immutable, shared.
///
/// A browser sends what a page asks for whoever wrote the page, from the machine and the network of its user. What it says
/// about the page cannot be forged by it: `Origin`, `Sec-Fetch-Site` (Fetch Metadata) and `Host`, which holds the page's own
/// name when the page has had that name changed to this machine's address (DNS rebinding). Programs say none of it.
final class OriginPolicy: Sendable {
    private let origins: AllowList<WebOrigin>
    /// The names of ``origins`` are among them.
    private let hosts: Set<String>
    private let allowsEveryHost: Bool
    /// No master key is configured.
    private let isOpen: Bool

    /// `nil` where every page may ask: a key is wanted from all of them, and nobody has said which ones may.
    init?(_ general: GeneralSettings) {
        isOpen = general.masterKey == nil
        origins = general.allowedOrigins ?? AllowList(allowsAll: general.masterKey != nil)
        guard isOpen || !origins.allowsAll else { return nil }
        hosts = Set(general.allowedHosts.names.map(\.text) + origins.names.lazy.filter(\.isWeb).map(\.host))
        allowsEveryHost = general.allowedHosts.allowsAll
    }

    /// To be asked before anything is done for a request.
    /// - Throws: `.foreignHost` or `.foreignPage`.
    func check(_ head: RequestHead) throws(GatewayError) {
        if isOpen { try checkHosts(of: head) }
        let fields = head.fields
        if fields.names.contains(.origin) {
            // Two of them cannot come from a browser, and then both have to be right.
            try fields.forEach(of: FieldNames(.origin)) { _, value throws(GatewayError) in
                let origin = fields.string(value)
                guard allows(origin, to: head) else { throw .foreignPage(origin: origin, isOpen: isOpen) }
            }
        } else if !origins.allowsAll, fields.names.contains(.secFetchSite) {
            try fields.forEach(of: FieldNames(.secFetchSite)) { _, value throws(GatewayError) in
                guard isOwnSite(fields.string(value), head) || isVisitOfFrontPage(head) else {
                    throw .foreignPage(origin: nil, isOpen: isOpen)
                }
            }
        }
    }

    /// To be asked before a GET spends money. Browsers name the page with everything but a GET; with a GET they do it for
    /// addresses they trust (https, `localhost`) and since 2023, so elsewhere one that says nothing may ask for anybody.
    /// - Throws: `.unnamedPage`.
    func checkSpending(_ head: RequestHead) throws(GatewayError) {
        let fields = head.fields
        guard isOpen, !origins.allowsAll, !fields.names.contains(.origin), !fields.names.contains(.secFetchSite),
            let agent = fields[.userAgent], fields.hasPrefix(agent, "mozilla/")
        else { return }
        throw .unnamedPage
    }

    /// The page that may read the answer to `head`, as its browser calls it.
    func grantedOrigin(_ head: RequestHead) -> String? {
        guard let origin = head.fields.string(.origin), !head.fields.repeatedNames.contains(.origin),
            allows(origin, to: head)
        else { return nil }
        return origin
    }

    // MARK: names of the gateway

    private func checkHosts(of head: RequestHead) throws(GatewayError) {
        // HTTP/1.0 knows no `Host`; a browser does.
        for authority in [head.fields[.host], head.targetAuthority] {
            guard let authority else { continue }
            let name = head.fields.string(authority)
            guard isOwnName(name) else { throw .foreignHost(name) }
        }
    }

    /// - Parameter authority: with or without a port, which may be any: somebody else may have mapped it.
    private func isOwnName(_ authority: String) -> Bool {
        let host = String(splitAuthority(Substring(asciiLowercased(authority))).host)
        return HostName.isOfThisMachine(host) || allowsEveryHost || hosts.contains(host)
    }

    // MARK: pages

    private func allows(_ text: String, to head: RequestHead) -> Bool {
        if origins.allowsAll { return true }
        guard let origin = try? WebOrigin(text) else { return false }
        if origins.names.contains(origin) { return true }
        if isOpen, origin.isOfThisMachine { return true }
        return origin.isWeb && isOwnPage(origin, head)
    }

    /// The gateway's own front page, under a name that is known to be its own.
    private func isOwnPage(_ origin: WebOrigin, _ head: RequestHead) -> Bool {
        guard let host = head.fields.string(.host) else { return false }
        return isOwnName(host) && asciiLowercased(host) == origin.authority
    }

    /// Without an `Origin`: an image, a script, a link.
    private func isOwnSite(_ site: String, _ head: RequestHead) -> Bool {
        switch site {
        // `none`: a person typed the address, or chose a bookmark.
        case "none", "same-origin": return true
        // An address and `localhost` are sites of their own, with all their ports. Of a name the neighbours are part of it,
        // and any of them may belong to somebody else.
        case "same-site":
            guard let host = head.fields.string(.host) else { return false }
            return HostName.isOfThisMachine(String(splitAuthority(Substring(asciiLowercased(host))).host))
        default: return false
        }
    }

    /// Somebody follows a link to the front page, which spends nothing, changes nothing and may not be framed. The page with
    /// the link gets to see nothing of it.
    private func isVisitOfFrontPage(_ head: RequestHead) -> Bool {
        let fields = head.fields
        guard head.method == .get, head.pathBytes.count == 1, let mode = fields.first("sec-fetch-mode"),
            let destination = fields.first("sec-fetch-dest")
        else { return false }
        return fields.matches(mode, "navigate") && fields.matches(destination, "document")
    }
}
