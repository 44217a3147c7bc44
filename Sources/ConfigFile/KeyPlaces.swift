import Model

/// Where the keys of a mapping stand. Few keys are compared one by one, which takes less time than to hash one of them.
struct KeyPlaces {
    private static let few = 8

    private var table: [Name: Int] = [:]

    init() {}

    init(_ entries: [ConfigNode.Entry]) {
        guard entries.count > KeyPlaces.few else { return }
        table.reserveCapacity(entries.count)
        for (place, entry) in entries.enumerated() { table[Name(entry.key)] = place }
    }

    /// - Parameter entries: all that were there when this was made or ``grown(to:)`` was called last. Keys are unique.
    func place(of key: String, among entries: [ConfigNode.Entry]) -> Int? {
        guard entries.count <= KeyPlaces.few else { return table[Name(key)] }
        return entries.firstIndex { Name($0.key) == Name(key) }
    }

    /// To be called for every entry that is appended.
    mutating func grown(to entries: [ConfigNode.Entry]) {
        if entries.count == KeyPlaces.few + 1 {
            self = KeyPlaces(entries)
        } else if entries.count > KeyPlaces.few, let last = entries.last {
            table[Name(last.key)] = entries.count - 1
        }
    }
}
