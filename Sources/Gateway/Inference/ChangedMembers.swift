internal import JSONText

/// The members of a client's body that do not go upstream as they came, each once, in the order they were found: the value
/// of `x-penstock-changed`. A value.
struct ChangedMembers: Sendable {
    private(set) var names: [String] = []
    private var seen: Set<Int> = []

    /// More names that nobody knows are told by the beginning they have in common.
    private static let mostNames = 100

    /// - Parameter name: its bytes may be the client's or the operator's; what cannot stand in a header field does not.
    mutating func add(_ name: String) {
        if names.count < ChangedMembers.mostNames, !names.contains(name) { names.append(name) }
    }

    /// - Parameter index: of `Envelope.names`.
    mutating func add(_ index: Int, _ member: ObjectScan.Occurrence, in body: Span<UInt8>) {
        // A body may hold a quarter of a million of them.
        if index != Envelope.names.family {
            guard seen.insert(index).inserted else { return }
        } else if names.count >= ChangedMembers.mostNames {
            return
        }
        add(Envelope.name(of: member, index, in: body))
    }
}
