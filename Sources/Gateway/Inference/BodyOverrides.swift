internal import EventLoop
internal import JSONText
internal import Model
internal import Providers
internal import Upstream

/// Members of a request's body that an entry of its fallbacks sets. A value.
struct BodyOverrides {
    private let members: [Deployment.BodyMember]
    /// Other names of what they set. The body has said these of somebody else's model, so they go.
    private let others: [String]

    /// - Parameter members: each with another name.
    init(_ members: [Deployment.BodyMember]) {
        self.members = members
        let own = Set(members.map { Name($0.key) })
        others = members.flatMap { EndpointMembers.synonyms(of: $0.key) }.filter { !own.contains(Name($0)) }
    }

    var names: MemberNames {
        MemberNames(of: members.map { Array($0.key.utf8) } + others.map { Array($0.utf8) })
    }

    /// The body with all members set, by one pass over it.
    ///
    /// - Parameters:
    ///   - body: a JSON object, validated.
    ///   - known: a scan of the body for ``names``, where that was made before.
    func applied(to body: Span<UInt8>, known: ObjectScan? = nil) -> ByteBuffer {
        var changed = ByteBuffer()
        guard let scan = known ?? ObjectScan(body, within: 0..<body.count, names: names) else {
            changed.append(body)
            return changed
        }
        var edits = JSONEdits()
        for (index, member) in members.enumerated() { edits.set(index, of: scan, to: member.value, in: body) }
        for index in others.indices { edits.removeAll(members.count + index, of: scan, in: body) }
        edits.append(to: &changed, of: body)
        return changed
    }
}

extension BodyOverrides {
    func applied(to body: borrowing ByteBuffer, known: ObjectScan? = nil) -> ByteBuffer {
        applied(to: body.bytes, known: known)
    }

    /// The same in parts when the body is large.
    func applied(to body: RequestBody, _ waiter: Waiter) async throws(GatewayError) -> RequestBody {
        do throws(JSONError) {
            let scan = try await waiter.scanIfLarge(body, names: names)
            return RequestBody(applied(to: body.bytes, known: scan))
        } catch {
            throw .malformedJSON(message: error.message)
        }
    }
}
