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
    /// Members to add, with the index of the name that must not be there, and of the one that they get.
    private let defaults: [(member: Deployment.BodyMember, own: Int, final: Int)]

    /// - Parameter renames: what the provider calls otherwise; of chat only.
    init(_ deployment: Deployment, renames: [Provider.Rename]) {
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
        var defaults: [(member: Deployment.BodyMember, own: Int, final: Int)] = []
        for member in deployment.defaults {
            let own = place(member.key)
            var final = own
            switch rules[own] {
            case .drop: continue
            case .rename(let to): final = to
            case .renamed, .keep, nil: break
            }
            defaults.append((member, own, final))
        }
        self.texts = texts
        names = MemberNames(of: texts.map { Array($0.utf8) })
        self.rules = texts.indices.map { rules[$0] ?? .keep }
        self.defaults = defaults
    }

    /// Of two names for one thing the newer one counts, and once; `null` gives way. Of several members of one name the last
    /// one counts, where it is changed.
    ///
    /// - Parameter known: of ``names`` in the body, where that was made before.
    /// - Returns: the names of the members that were taken out on the operator's word.
    func apply(
        to edits: inout JSONEdits, _ body: Span<UInt8>, _ scan: ObjectScan, known: ObjectScan? = nil
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
        var dropped: [String] = []
        for (index, member) in found.members {
            let isLast = member.value == last[index]
            switch rules[index] {
            case .keep: break
            case .drop:
                edits.remove(member, in: body)
                if isLast { dropped.append(texts[index]) }
            case .rename(let to):
                let isAlone = !present[to]
                if isLast, isGiven(index) || isAlone {
                    edits.replace(member.key, with: jsonText(of: texts[to]))
                    present[to] = true
                } else {
                    edits.remove(member, in: body)
                }
            case .renamed(let from):
                if from.contains(where: isGiven) { edits.remove(member, in: body) }
            }
        }
        for (member, own, final) in defaults where !present[own] && !present[final] && member.key != "model" {
            edits.insert(key: texts[final], value: member.value, into: scan)
            (present[own], present[final]) = (true, true)
        }
        return dropped
    }
}
