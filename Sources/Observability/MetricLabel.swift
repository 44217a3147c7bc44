internal import EventLoop
internal import Model

/// A label's value in the registry, as a number: counting then hashes a few bytes instead of names. A value.
package struct MetricLabel: Hashable, Sendable {
    /// Below 100,000, so that 20 bits hold it.
    let index: UInt32

    var bits: UInt64 { UInt64(index) }

    /// The text `None`, LiteLLM's word for a value that is not there.
    package static let none = MetricLabel(index: 0)
    /// The text `other`: a value that the configuration does not name, or one too many.
    package static let other = MetricLabel(index: 1)
    package static let success = MetricLabel(index: 2)
    package static let clientLeft = MetricLabel(index: 3)
}

/// What the labels of a deployment say beyond its id.
package struct DeploymentFacts: Sendable, Hashable {
    package let id: String
    package let group: String
    /// `nil` when the client's name decides it (`model: "*"`).
    package let provider: String?
    /// `litellm_params.model`, a pattern for a wildcard: never the name that a client made up.
    package let model: String
    package let base: String?

    package init(id: String, group: String, provider: String?, model: String, base: String?) {
        self.id = id
        self.group = group
        self.provider = provider
        self.model = model
        self.base = base
    }
}

/// The texts of all labels. Shared; locked when a configuration is taken over and when metrics are read, never to count.
///
/// It only grows, so that a number means the same after a reload. What goes in comes from configurations and the program,
/// nothing from requests.
package final class LabelTable: Sendable {
    struct Content: Sendable {
        fileprivate(set) var texts = ["None", "other", "success", "client_left"]
        fileprivate var labels: [Name: MetricLabel] = [
            "None": .none, "other": .other, "success": .success, "client_left": .clientLeft,
        ]
        fileprivate(set) var facts: [MetricLabel: DeploymentFacts] = [:]

        /// `other` for a text that is no label.
        func label(of text: String) -> MetricLabel { labels[Name(text)] ?? .other }

        func text(_ label: MetricLabel) -> String {
            let index = Int(label.index)
            return texts.indices.contains(index) ? texts[index] : "other"
        }
    }

    /// Many reloads of a large configuration under ever new names end here.
    private static let limit = 100_000

    private let content = Guarded(Content())

    package init() {}

    /// The label of a text, made on first use; `other` once there are 100,000.
    func label(_ text: String) -> MetricLabel {
        content.withLock { content in LabelTable.label(text, in: &content) }
    }

    /// The labels of deployments' ids, groups and providers. What is said of one later replaces what was said before.
    func labels(of deployments: [DeploymentFacts]) -> [MetricNames.Place] {
        content.withLock { content in
            content.labels.reserveCapacity(content.labels.count + deployments.count)
            content.facts.reserveCapacity(content.facts.count + deployments.count)
            return deployments.map { facts in
                let label = LabelTable.label(facts.id, in: &content)
                if label != .other { content.facts[label] = facts }
                return MetricNames.Place(
                    deployment: label, group: LabelTable.label(facts.group, in: &content),
                    provider: facts.provider.map { LabelTable.label($0, in: &content) } ?? .none)
            }
        }
    }

    var snapshot: Content { content.withLock { $0 } }

    private static func label(_ text: String, in content: inout Content) -> MetricLabel {
        if let known = content.labels[Name(text)] { return known }
        guard content.texts.count < limit else { return .other }
        let label = MetricLabel(index: UInt32(content.texts.count))
        content.texts.append(text)
        content.labels[Name(text)] = label
        return label
    }
}
