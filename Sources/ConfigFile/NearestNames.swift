/// The names among `candidates` that somebody may have meant by `name`, nearest first; equally near ones in alphabetical order.
///
/// Near is a third of the length of `name` in edits, at least 1 and at most 3 (Damerau-Levenshtein: insert, delete,
/// replace, swap two neighbours). Case and the difference of `-` and `_` do not count.
package func nearestNames(to name: String, among candidates: some Sequence<String>, limit: Int = 3) -> [String] {
    NameIndex(candidates).nearest(to: name, limit: limit)
}

/// `nil` when more than `bound` edits lie between `first` and `second`.
package func editDistance(_ first: [UInt8], _ second: [UInt8], atMost bound: Int) -> Int? {
    var steps = 0
    return editDistance(first, second, atMost: bound, steps: &steps)
}

/// - Parameter steps: grows by the cells of the table that were filled: at most `2 * bound + 1` for each byte of `first`.
func editDistance(_ first: [UInt8], _ second: [UInt8], atMost bound: Int, steps: inout Int) -> Int? {
    guard abs(first.count - second.count) <= bound else { return nil }
    guard !first.isEmpty, !second.isEmpty else { return max(first.count, second.count) }
    let far = bound + 1
    var beforeLast: [Int] = []
    var last = (0...second.count).map { min($0, far) }
    for (row, byte) in first.enumerated() {
        // Further from the diagonal than `bound` there are more edits than that.
        let (start, end) = (max(0, row - bound), min(second.count, row + bound + 1))
        var current = [Int](repeating: far, count: second.count + 1)
        current[0] = min(row + 1, far)
        var least = current[0]
        for column in start..<max(start, end) {
            let other = second[column]
            var cost = min(last[column + 1] + 1, current[column] + 1, last[column] + (byte == other ? 0 : 1), far)
            if row > 0, column > 0, byte == second[column - 1], first[row - 1] == other {
                cost = min(cost, beforeLast[column - 1] + 1)
            }
            current[column + 1] = cost
            least = min(least, cost)
        }
        steps += end - start
        guard least <= bound else { return nil }
        (beforeLast, last) = (last, current)
    }
    return last[second.count] <= bound ? last[second.count] : nil
}

/// A name without its case and with `_` for each `-`.
func folded(_ name: String) -> [UInt8] {
    name.lowercased().utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }
}

/// `; did you mean `a` or `b`?`, or nothing.
func suggestion(_ names: [String]) -> String {
    guard let last = names.last else { return "" }
    let quoted = names.dropLast().map { "`\($0)`" }.joined(separator: ", ")
    return "; did you mean \(quoted.isEmpty ? "" : quoted + " or ")`\(last)`?"
}
