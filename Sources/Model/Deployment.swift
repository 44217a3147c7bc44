/// One concrete upstream target inside a model group. Immutable; a reload builds a new set and swaps it whole.
/// A class, so that handing it on costs one retain instead of twenty.
package final class Deployment: Sendable, Identifiable {
    /// Survives reloads; keys cooldowns and metrics. `model_info.id`, else derived from the entry's parameters.
    package let id: String
    /// The name clients ask for: `model_name`. It may hold `*`.
    package let group: String
    /// The provider's prefix, such as `openrouter`.
    package let provider: String
    /// `litellm_params.model` as the operator wrote it.
    package let configuredModel: String
    /// What goes upstream as `model`, the provider's prefix already removed. It may hold `*` when the group is a wildcard.
    package let upstreamModel: String
    package let base: BaseURL
    package let tls: TLSVerification
    /// `nil` when the provider needs none and none is configured.
    package let credential: Credential?
    /// Fields of every upstream request, authentication included except for its secret: lower-case names.
    package let headers: [HeaderField]
    /// Members added to a request's JSON object unless the client sent them.
    package let defaults: [BodyMember]
    /// Members never sent upstream (`additional_drop_params`).
    package let droppedMembers: [String]
    package let timeouts: Timeouts
    package let limits: Limits
    package let price: Price?
    /// Answer with this instead of calling anybody.
    package let mock: MockAnswer?

    package init(
        id: String, group: String, provider: String, configuredModel: String, upstreamModel: String, base: BaseURL,
        tls: TLSVerification = .system, credential: Credential?, headers: [HeaderField] = [],
        defaults: [BodyMember] = [],
        droppedMembers: [String] = [], timeouts: Timeouts = Timeouts(), limits: Limits = Limits(),
        price: Price? = nil, mock: MockAnswer? = nil
    ) {
        self.id = id
        self.group = group
        self.provider = provider
        self.configuredModel = configuredModel
        self.upstreamModel = upstreamModel
        self.base = base
        self.tls = tls
        self.credential = credential
        self.headers = headers
        self.defaults = defaults
        self.droppedMembers = droppedMembers
        self.timeouts = timeouts
        self.limits = limits
        self.price = price
        self.mock = mock
    }
}

extension Deployment {
    /// A request field. Name lower-case; both parts already checked to hold no CR, LF or NUL.
    package struct HeaderField: Sendable, Hashable {
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// One member of a JSON object: its key as plain text, its value as JSON text.
    package struct BodyMember: Sendable, Hashable {
        package let key: String
        package let value: [UInt8]

        package init(key: String, value: [UInt8]) {
            self.key = key
            self.value = value
        }
    }

    /// Limits of one attempt. `nil` means the router's, then the built-in default.
    package struct Timeouts: Sendable, Hashable {
        /// From sending to the last byte of an answer that is not streamed.
        package var whole: Duration?
        /// The longest silence between two bytes of a stream, and before its first.
        package var stream: Duration?
        /// Silence after which a streaming client gets a comment; zero switches that off.
        package var heartbeat: Duration?

        package init(whole: Duration? = nil, stream: Duration? = nil, heartbeat: Duration? = nil) {
            self.whole = whole
            self.stream = stream
            self.heartbeat = heartbeat
        }
    }

    /// What strategies and limits read.
    package struct Limits: Sendable, Hashable {
        package var requestsPerMinute: Int?
        package var tokensPerMinute: Int?
        package var maxParallelRequests: Int?
        package var weight: Double?
        /// Lower goes first.
        package var order: Int?
        package var tags: [String] = []
        /// The context length. It counts with `enable_pre_call_checks` only.
        package var maxInputTokens: Int?

        package init() {}
    }

    /// US dollars per token.
    package struct Price: Sendable, Hashable {
        package let input: Double
        package let output: Double

        package init(input: Double, output: Double) {
            self.input = input
            self.output = output
        }
    }

    /// `mock_response`: a canned answer.
    package enum MockAnswer: Sendable, Hashable {
        /// The assistant's text.
        case text(String)
        /// A whole answer, as JSON text.
        case body([UInt8])
    }
}

/// A value may be a credential that the operator put into `extra_headers`, so only the name is ever printed.
extension Deployment.HeaderField: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "\(name): [redacted]" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["name": name]) }
}

/// The deployments behind one name.
package struct ModelGroup: Sendable {
    /// `model_name`: what clients ask for, or a pattern with `*`.
    package let name: String
    package let deployments: [Deployment]

    package init(name: String, deployments: [Deployment]) {
        self.name = name
        self.deployments = deployments
    }

    package var isWildcard: Bool { isPattern(name) }
}
