/// The names that a mistyped one may have meant, nearest first: at most a third of the letters differ.
func pendingNearestNames(to name: String, among names: some Sequence<String>, limit: Int = 3) -> [String] {
    let wanted = Array(name.lowercased().utf8)
    guard wanted.count <= 128 else { return [] }
    let ranked = names.compactMap { candidate -> (name: String, distance: Int)? in
        let bytes = Array(candidate.lowercased().utf8)
        let most = max(wanted.count, bytes.count)
        guard bytes.count <= 128, abs(bytes.count - wanted.count) <= most / 3 else { return nil }
        let distance = editDistance(wanted, bytes)
        return distance <= max(1, most / 3) ? (candidate, distance) : nil
    }
    return ranked.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(limit).map(\.name)
}

private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, y) in b.enumerated() {
            let substituted = diagonal + (x == y ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(substituted, diagonal + 1, row[j] + 1)
        }
    }
    return row[b.count]
}
