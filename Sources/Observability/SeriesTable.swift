internal import EventLoop

/// A set of label values that a table counts under.
protocol SeriesKey: Hashable, Sendable {
    /// Where everything goes once the table is full.
    static var other: Self { get }
}

/// What a table counts for one set of label values.
protocol SeriesRow: Sendable {
    init()
    mutating func merge(_ other: Self, at now: LoopTime)
}

/// Rows by label values, at most so many: beyond that they go into one row, `other`. A value.
struct SeriesTable<Key: SeriesKey, Row: SeriesRow>: Sendable {
    private var places: [Key: Int] = [:]
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
        change(&rows[place(of: key)])
    }

    mutating func merge(_ table: SeriesTable, at now: LoopTime) {
        for (key, row) in zip(table.keys, table.rows) { rows[place(of: key)].merge(row, at: now) }
        overflowTotal += table.overflowTotal
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
