/// The names among `candidates` that somebody may have meant by `name`, nearest first; equally near ones in alphabetical order.
///
/// Near is a third of the length of `name` in edits, at least 1 and at most 3 (Damerau-Levenshtein: insert, delete,
/// replace, swap two neighbours). Case and the difference of `-` and `_` do not count.
package func nearestNames(to name: String, among candidates: some Sequence<String>, limit: Int = 3) -> [String] {
    let wanted = folded(name)
    // A longer name is not a typing mistake, and comparing it would cost time.
    guard !wanted.isEmpty, wanted.count <= 256, limit > 0 else { return [] }
    let bound = min(3, max(1, wanted.count / 3))
    var found: [(name: String, distance: Int)] = []
    // Lengths differ by more edits than are near: most candidates end here.
    for candidate in Set(candidates) where abs(candidate.utf8.count - wanted.count) <= bound {
        if let distance = editDistance(wanted, folded(candidate), atMost: bound) {
            found.append((candidate, distance))
        }
    }
    found.sort { ($0.distance, $0.name) < ($1.distance, $1.name) }
    return found.prefix(limit).map(\.name)
}

/// `nil` when more than `bound` edits lie between `first` and `second`.
package func editDistance(_ first: [UInt8], _ second: [UInt8], atMost bound: Int) -> Int? {
    guard abs(first.count - second.count) <= bound else { return nil }
    guard !first.isEmpty, !second.isEmpty else { return max(first.count, second.count) }
    var beforeLast: [Int] = []
    var last = Array(0...second.count)
    for (row, byte) in first.enumerated() {
        var current = [row + 1]
        current.reserveCapacity(last.count)
        for (column, other) in second.enumerated() {
            var cost = min(last[column + 1] + 1, current[column] + 1, last[column] + (byte == other ? 0 : 1))
            if row > 0, column > 0, byte == second[column - 1], first[row - 1] == other {
                cost = min(cost, beforeLast[column - 1] + 1)
            }
            current.append(cost)
        }
        guard current.contains(where: { $0 <= bound }) else { return nil }
        (beforeLast, last) = (last, current)
    }
    return last[second.count] <= bound ? last[second.count] : nil
}

private func folded(_ name: String) -> [UInt8] {
    name.lowercased().utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }
}

/// `; did you mean `a` or `b`?`, or nothing.
func suggestion(_ names: [String]) -> String {
    guard let last = names.last else { return "" }
    let quoted = names.dropLast().map { "`\($0)`" }.joined(separator: ", ")
    return "; did you mean \(quoted.isEmpty ? "" : quoted + " or ")`\(last)`?"
}
