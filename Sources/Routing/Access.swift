package import Model
package import Providers

/// How a provider is called at one base with one key. Deployments that have these in common share it.
package final class Access: Sendable {
    package let provider: Provider
    /// The base is the provider's own address, not a server of the operator's.
    package let isOwnAddress: Bool
    /// The endpoints it is asked for directly.
    package let endpoints: Set<Endpoint>
    /// The same, a bit for each: a look-up hashes.
    private let endpointBits: UInt8
    /// The field with the key. `nil`: there is none, or the operator set the field himself in `extra_headers`.
    package let authentication: Deployment.HeaderField?
    /// Path and query per endpoint, where the model has no part in them.
    let requestTargets: [Endpoint: String]
    /// How a model's name becomes the upstream's when the provider's prefix is all that has to go.
    let prefixRemoved: [Step]

    init(
        provider: Provider, endpoints: Set<Endpoint>, base: BaseURL, authentication: Deployment.HeaderField?
    ) {
        self.provider = provider
        isOwnAddress = provider.isOwnAddress(base)
        self.endpoints = endpoints
        endpointBits = endpoints.reduce(0) { $0 | $1.bit }
        self.authentication = authentication
        prefixRemoved = [.prefixRemoved("\(provider.prefix)/")]
        guard provider.pathStyle == .appended else {
            requestTargets = [:]
            return
        }
        requestTargets = Dictionary(
            uniqueKeysWithValues: Endpoint.allCases.map {
                ($0, provider.requestTarget(for: $0, model: "", base: base))
            })
    }

    func speaks(_ endpoint: Endpoint) -> Bool { endpointBits & endpoint.bit != 0 }
}

extension Endpoint {
    fileprivate var bit: UInt8 { 1 << UInt8(truncatingIfNeeded: place) }
}

/// The accesses that were made so far, and the bases. A value, for the time of one catalog's making.
struct AccessTable {
    /// What an access follows from. `usesChat`: it is asked for chat in the place of responses.
    private struct Key: Hashable {
        let provider: String
        let base: BaseURL
        let key: Secret?
        let usesChat: Bool
    }

    private struct BaseKey: Hashable {
        let provider: String
        let text: Name
        let version: Name?
    }

    private var accesses: [Key: Access] = [:]
    private var urls: [Name: BaseURL?] = [:]
    private var bases: [BaseKey: BaseURL?] = [:]

    /// - Parameter key: what goes into the provider's own field; `nil` leaves it out.
    mutating func access(to row: Provider, at base: BaseURL, key: Secret?, usesChat: Bool) -> Access {
        let place = Key(provider: row.prefix, base: base, key: key, usesChat: usesChat)
        if let access = accesses[place] { return access }
        let access = Access(
            provider: row, endpoints: usesChat ? row.endpoints.subtracting([.responses]) : row.endpoints, base: base,
            authentication: key.flatMap { row.authenticationField(key: $0) })
        accesses[place] = access
        return access
    }

    mutating func url(_ text: String) -> BaseURL? {
        if let url = urls[Name(text)] { return url }
        let url = BaseURL(text)
        urls[Name(text)] = .some(url)
        return url
    }

    /// ``Provider/base(from:version:)``.
    mutating func base(of row: Provider, from text: String, version: String?) -> BaseURL? {
        let place = BaseKey(provider: row.prefix, text: Name(text), version: version.map { Name($0) })
        if let base = bases[place] { return base }
        let base = row.base(from: text, version: version)
        bases[place] = .some(base)
        return base
    }
}
