internal import JSONText
internal import Model
internal import Providers

/// What one deployment changes in the top-level members of a client's body: defaults that are added, members that may not go
/// upstream, and names that its provider knows under another one. Made once for a deployment; a value.
///
/// Only the members that are named here are looked at, each once, whatever else the body holds.
struct MemberRules: Sendable {
    private enum Rule: Sendable {
        case drop
        /// `to` is the index of the newer name.
        case rename(to: Int)
        /// Gives way to a member with a value under the older name.
        case renamed(from: [Int])
        case keep
    }

    let names: MemberNames
    private let texts: [String]
    private let rules: [Rule]
    private let defaults: [Default]

    /// A member to add.
    private struct Default: Sendable {
        let value: [UInt8]
        /// The name it gets.
        let name: Int
        /// Names of the same thing. The client has said it when one of them is there.
        let synonyms: [Int]
        /// Servers refuse it in a request that is no stream.
        let isOfStreams: Bool
    }

    /// - Parameters:
    ///   - endpoint: what is asked; a default may belong elsewhere, or be called otherwise.
    ///   - renames: what the provider calls otherwise; of chat only.
    init(_ deployment: Deployment, endpoint: Endpoint, renames: [Provider.Rename]) {
        var places: [[UInt8]: Int] = [:]
        var texts: [String] = []
        func place(_ name: String) -> Int {
            if let known = places[Array(name.utf8)] { return known }
            places[Array(name.utf8)] = texts.count
            texts.append(name)
            return texts.count - 1
        }
        var rules: [Int: Rule] = [:]
        for rename in renames {
            let (from, to) = (place(rename.from), place(rename.to))
            rules[from] = .rename(to: to)
            if case .renamed(let others) = rules[to] {
                rules[to] = .renamed(from: others + [from])
            } else if rules[to] == nil {
                rules[to] = .renamed(from: [from])
            }
        }
        for name in deployment.droppedMembers { rules[place(name)] = .drop }
        let chosen = MemberRules.defaults(of: deployment, for: endpoint)
        var defaults: [Default] = []
        for (member, name) in chosen {
            let own = place(name)
            var final = own
            if case .drop = rules[place(member.key)] { continue }
            switch rules[own] {
            case .drop: continue
            case .rename(let to): final = to
            case .renamed, .keep, nil: break
            }
            defaults.append(
                Default(
                    value: member.value, name: final,
                    synonyms: EndpointMembers.synonyms(of: name).map(place) + [own, final],
                    isOfStreams: Name(name) == Name("stream_options")))
        }
        self.texts = texts
        names = MemberNames(of: texts.map { Array($0.utf8) })
        self.rules = texts.indices.map { rules[$0] ?? .keep }
        self.defaults = defaults
    }

    /// Those that belong to the endpoint, under the names they have there; of several for one thing, one.
    private static func defaults(
        of deployment: Deployment, for endpoint: Endpoint
    ) -> [(member: Deployment.BodyMember, name: String)] {
        let known = deployment.defaults.compactMap { member in
            EndpointMembers.name(of: member, for: endpoint).map { (member: member, name: $0) }
        }
        return known.filter { one in
            Name(one.name) != Name("model")
                && !known.contains { other in
                    EndpointMembers.synonyms(of: one.name).contains { Name($0) == Name(other.name) }
                        && EndpointMembers.rank(of: other.member.key, for: endpoint)
                            < EndpointMembers.rank(of: one.member.key, for: endpoint)
                }
        }
    }

    /// Of two names for one thing the newer one counts, and once; `null` gives way. Of several members of one name the last
    /// one counts, where it is changed.
    ///
    /// - Parameters:
    ///   - isStream: what the body asks for.
    ///   - known: of ``names`` in the body, where that was made before.
    /// - Returns: the names of the members that were taken out or got another name.
    func apply(
        to edits: inout JSONEdits, _ body: Span<UInt8>, _ scan: ObjectScan, isStream: Bool, known: ObjectScan? = nil
    ) -> [String] {
        var last = [Range<Int>?](repeating: nil, count: texts.count)
        guard let found = known ?? ObjectScan(body, within: scan.object, names: names) else { return [] }
        for (index, member) in found.members { last[index] = member.value }
        func isGiven(_ index: Int) -> Bool {
            guard let value = last[index] else { return false }
            if case .drop = rules[index] { return false }
            return jsonKind(of: value, in: body) != .null
        }
        var present = last.map { $0 != nil }
        var changed: [String] = []
        for (index, member) in found.members {
            let isLast = member.value == last[index]
            switch rules[index] {
            case .keep: break
            case .drop:
                edits.remove(member, in: body)
                present[index] = false
                if isLast { changed.append(texts[index]) }
            case .rename(let to):
                let isAlone = !present[to]
                if isLast, isGiven(index) || isAlone {
                    edits.replace(member.key, with: jsonText(of: texts[to]))
                    present[to] = true
                } else {
                    edits.remove(member, in: body)
                }
                if isLast { changed.append(texts[index]) }
            case .renamed(let from):
                guard from.contains(where: isGiven) else { break }
                edits.remove(member, in: body)
                if isLast { changed.append(texts[index]) }
            }
        }
        for added in defaults where isStream || !added.isOfStreams {
            guard !added.synonyms.contains(where: { present[$0] }) else { continue }
            edits.insert(key: texts[added.name], value: added.value, into: scan)
            present[added.name] = true
        }
        return changed
    }
}
