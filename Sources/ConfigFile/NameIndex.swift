/// Many names, made ready to be searched for one that somebody may have meant. A value.
///
/// A search takes a bounded time however many names there are: of 100,000 most are passed over by their length and letters,
/// and what is compared letter by letter is limited to ``mostSteps``. Beyond that the nearest of what was found counts.
package struct NameIndex: Sendable {
    /// Steps of one search: a look at a name is one, and so is a cell of the table that compares two of them.
    package static let mostSteps = 1_000_000
    /// A longer name is not a typing mistake.
    private static let longestName = 256

    private struct Candidate: Sendable {
        let name: String
        /// A bit for each letter of the folded name, of which some share one.
        let letters: UInt64
    }

    /// By the length of the folded name in bytes.
    private let candidates: [Int: [Candidate]]

    package init(_ names: some Sequence<String>) {
        var seen: Set<String> = []
        var candidates: [Int: [Candidate]] = [:]
        for name in names where seen.insert(name).inserted {
            let text = folded(name)
            guard text.count <= NameIndex.longestName + 3 else { continue }
            candidates[text.count, default: []].append(Candidate(name: name, letters: NameIndex.letters(of: text)))
        }
        self.candidates = candidates
    }

    /// What ``nearestNames(to:among:limit:)`` gives.
    package func nearest(to name: String, limit: Int = 3) -> [String] {
        var steps = 0
        return nearest(to: name, limit: limit, steps: &steps)
    }

    /// - Parameter steps: gets what the search took.
    func nearest(to name: String, limit: Int, steps: inout Int) -> [String] {
        guard !name.isEmpty, name.utf8.count <= NameIndex.longestName, limit > 0 else { return [] }
        let wanted = folded(name)
        guard wanted.count <= NameIndex.longestName else { return [] }
        let bound = min(3, max(1, wanted.count / 3))
        let letters = NameIndex.letters(of: wanted)
        var found: [(name: String, distance: Int)] = []
        // Lengths differ by more edits than are near: most candidates end here. Equal lengths first, since they are likeliest.
        let lengths = (wanted.count - bound...wanted.count + bound).sorted {
            abs($0 - wanted.count) < abs($1 - wanted.count)
        }
        search: for length in lengths {
            for candidate in candidates[length] ?? [] {
                steps += 1
                guard steps < NameIndex.mostSteps else { break search }
                // An edit takes one letter away and adds another at most.
                guard (letters ^ candidate.letters).nonzeroBitCount <= 2 * bound else { continue }
                let distance = editDistance(wanted, folded(candidate.name), atMost: bound, steps: &steps)
                if let distance { found.append((candidate.name, distance)) }
            }
        }
        found.sort { ($0.distance, $0.name) < ($1.distance, $1.name) }
        return found.prefix(limit).map(\.name)
    }

    private static func letters(of text: [UInt8]) -> UInt64 {
        text.reduce(0) { $0 | 1 &<< UInt64($1) }
    }
}
