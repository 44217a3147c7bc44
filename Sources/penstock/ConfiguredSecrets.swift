import ConfigFile
import JSONText
import Model
import Providers
import Routing

/// Every credential that a configuration or the environment behind it holds, so that none can reach a log or an error.
struct ConfiguredSecrets {
    private(set) var all: [Secret] = []

    /// - Parameter environment: the process's variables with the file's `environment_variables` over them.
    init(_ config: Config, _ catalog: Catalog, environment: [String: String]) {
        for deployment in catalog.groups.flatMap(\.deployments) { add(deployment.credential?.secret) }
        for params in config.models.map(\.params) + config.credentials.map(\.params) {
            add(params.apiKey?.secret)
            add(fields: params.extraHeaders)
            add(valuesIn: params.extraBody + params.defaults)
            if let base = params.apiBase {
                add(partsOf: variable(in: base).flatMap { environment[$0] } ?? base)
            }
        }
        for row in ProviderTable.all {
            for variable in row.keyVariables { add(environment[variable].map { Secret($0) }) }
            for variable in row.baseVariables { add(partsOf: environment[variable]) }
        }
        for variable in config.environment where namesSecret(variable.name) { add(variable.value) }
        for endpoint in config.general.passThroughEndpoints {
            add(fields: endpoint.headers)
            add(partsOf: endpoint.target)
        }
        add(config.general.masterKey?.secret)
        add(config.router.redisPassword?.secret)
        add(config.litellm.cachePassword?.secret)
        let addresses = [
            config.general.databaseURL, config.general.proxy, config.router.redisURL, config.litellm.cacheURL,
        ]
        for address in addresses.compactMap(\.?.secret) {
            add(address)
            add(partsOf: address.reveal())
        }
    }

    /// Also without the line feed that files and shells like to leave at the end, which is how it is sent.
    private mutating func add(_ secret: Secret?) {
        guard let secret else { return }
        all.append(secret)
        let text = secret.reveal().utf8
        guard let last = text.last, last <= 0x20 else { return }
        let end = text.lastIndex { $0 > 0x20 }.map { text.index(after: $0) } ?? text.startIndex
        all.append(Secret(String(Substring(text[..<end]))))
    }

    /// A field's value may be a key whatever its name is. One that begins with a scheme holds it behind the blank.
    private mutating func add(fields: [(name: String, value: SecretReference)]) {
        for secret in fields.compactMap(\.value.secret) {
            add(secret)
            let text = secret.reveal().utf8
            if let blank = text.firstIndex(of: UInt8(ascii: " ")) {
                add(Secret(String(Substring(text[blank...].dropFirst()))))
            }
        }
    }

    /// Texts and numbers under a name that says what they are, at any depth.
    private mutating func add(valuesIn members: [JSONValue.Member]) {
        var open = members.map { (value: $0.value, isSecret: namesSecret($0.key)) }
        while let (value, isSecret) = open.popLast() {
            switch value {
            case .string(let text), .number(let text): if isSecret { add(Secret(text)) }
            case .object(let members): open += members.map { ($0.value, isSecret || namesSecret($0.key)) }
            case .array(let items): open += items.map { ($0, isSecret) }
            case .null, .bool: break
            }
        }
    }

    /// What of a URL may be a key: its password, and the values of its query but `api-version`.
    private mutating func add(partsOf url: String?) {
        guard let url else { return }
        let parts = url.utf8.split(separator: UInt8(ascii: "?"), maxSplits: 1)
        guard let address = parts.first else { return }
        let authority = address.split(separator: UInt8(ascii: "/"), maxSplits: 3).dropFirst().first
        if let authority, let at = authority.lastIndex(of: UInt8(ascii: "@")),
            let colon = authority[..<at].firstIndex(of: UInt8(ascii: ":"))
        {
            add(decoded: authority[..<at][colon...].dropFirst())
        }
        guard parts.count > 1, let query = parts.last else { return }
        for item in query.split(separator: UInt8(ascii: "&")) where !item.starts(with: "api-version=".utf8) {
            add(decoded: item.drop { $0 != UInt8(ascii: "=") }.dropFirst())
        }
    }

    /// The redactor finds what is percent-encoded by the text it stands for.
    private mutating func add(decoded text: Substring.UTF8View) {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(Substring(rest.prefix(2))), radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        add(Secret(String(decoding: bytes, as: UTF8.self)))
    }
}

/// `NAME` of `os.environ/NAME`.
private func variable(in text: String) -> String? {
    let mark = "os.environ/".utf8
    return text.utf8.starts(with: mark) ? String(Substring(text.utf8.dropFirst(mark.count))) : nil
}
