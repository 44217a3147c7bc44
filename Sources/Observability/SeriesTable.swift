internal import EventLoop
internal import Model

/// A set of label values that a table counts under.
protocol SeriesKey: Hashable, Sendable {
    /// Where everything goes once the table is full.
    static var other: Self { get }
    /// Labels and numbers packed into words; equal keys have equal ones.
    var words: (UInt64, UInt64) { get }
}

extension SeriesKey {
    func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}

/// What a table counts for one set of label values.
protocol SeriesRow: Sendable {
    init()
    mutating func merge(_ other: Self, at now: LoopTime)
}

/// Rows by label values, at most so many: beyond that they go into one row, `other`. A value.
///
/// Most requests meet a row that was met before: a direct-mapped cache of places finds it without the dictionary's hash,
/// which was measured as half of the cost of counting. Keys come from closed sets, so nobody can choose collisions.
struct SeriesTable<Key: SeriesKey, Row: SeriesRow>: Sendable {
    private var places: [Key: Int] = [:]
    private var cache = [Int32](repeating: -1, count: 64)
    private(set) var keys: [Key] = []
    private(set) var rows: [Row] = []
    /// Observations that went to `other` for want of room.
    private(set) var overflowTotal = 0
    private let limit: Int

    /// - Parameter limit: rows, `other` not counted.
    init(limit: Int) {
        self.limit = limit
    }

    var count: Int { rows.count }

    mutating func update(_ key: Key, _ change: (inout Row) -> Void) {
        let (first, second) = key.words
        let mixed = (first ^ (second &* 0x9E37_79B9_7F4A_7C15)) &* 0xBF58_476D_1CE4_E5B9
        let slot = Int(truncatingIfNeeded: mixed >> 58)
        let cached = Int(cache[slot])
        if cached >= 0, keys[cached] == key { return change(&rows[cached]) }
        let place = place(of: key)
        if keys[place] == key { cache[slot] = Int32(truncatingIfNeeded: place) }
        change(&rows[place])
    }

    mutating func merge(_ table: SeriesTable, at now: LoopTime) {
        for (key, row) in zip(table.keys, table.rows) { rows[place(of: key)].merge(row, at: now) }
        overflowTotal.addSaturated(table.overflowTotal)
    }

    private mutating func place(of key: Key) -> Int {
        if let place = places[key] { return place }
        guard rows.count >= limit, key != .other else { return append(key) }
        overflowTotal += 1
        return places[.other] ?? append(.other)
    }

    private mutating func append(_ key: Key) -> Int {
        places[key] = rows.count
        keys.append(key)
        rows.append(Row())
        return rows.count - 1
    }
}
