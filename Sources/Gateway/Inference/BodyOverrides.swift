internal import EventLoop
internal import JSONText
internal import Model

/// Members of a request's body that an entry of its fallbacks sets. A value.
struct BodyOverrides {
    private let members: [Deployment.BodyMember]

    /// - Parameter members: each with another name.
    init(_ members: [Deployment.BodyMember]) {
        self.members = members
    }

    /// The body with all members set, by one pass over it.
    ///
    /// - Parameter body: a JSON object, validated.
    func applied(to body: Span<UInt8>) -> ByteBuffer {
        var changed = ByteBuffer()
        let names = MemberNames(of: members.map { Array($0.key.utf8) })
        guard let scan = ObjectScan(body, within: 0..<body.count, names: names) else {
            changed.append(body)
            return changed
        }
        var edits = JSONEdits()
        for (index, member) in members.enumerated() { edits.set(index, of: scan, to: member.value, in: body) }
        edits.append(to: &changed, of: body)
        return changed
    }
}

extension BodyOverrides {
    func applied(to body: borrowing ByteBuffer) -> ByteBuffer {
        applied(to: body.bytes)
    }
}
