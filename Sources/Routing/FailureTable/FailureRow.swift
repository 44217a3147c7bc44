/// What an upstream's code or words say of a failure, whatever its status is.
enum FailureMeaning: UInt8, CaseIterable, Sendable {
    /// The prompt, with what it asks for, is longer than the model takes.
    case contextWindow
    /// The provider refuses what the prompt or the answer says.
    case contentPolicy
    /// The key is not valid.
    case authentication
    /// Credit, balance or budget is used up, or the request costs more than what is left.
    case payment
    /// The key may not: its region, tier or plan.
    case permission
    /// There is no such model, or no longer, or not for this account.
    case model
    /// Too many requests or tokens for now.
    case rateLimit
    /// One request is more than a limit takes at all. Ordinary words, so the status or `period` has to fit.
    case requestTooLarge
    /// A limit for a stretch of time is spoken of.
    case period
    /// The server has no room for now.
    case overloaded
    /// The model wrote what its server could not read; written once more, it may be fine.
    case sampling
    /// The server cannot do such a thing. Ordinary words: they count with 500 only.
    case notSupported
    /// A member of the request is at fault. Only codes say so, and rule out what texts say of keys, rates and servers.
    case member
}

/// One row of the table: a code or a phrase of some server, and what it says. Only data.
///
/// Codes are compared whole, without regard to case: `error.code`, `type`, `error_type`, `status`, `reason` and their kin.
/// Phrases are searched in what was said, lower case; `#` stands for a number, `*` for at most 160 bytes of anything. A
/// phrase is as long as it has to be: an ordinary 400 that mentions a context window or a content filter is no such failure.
struct FailureRow: Sendable {
    enum Match: Sendable {
        case code(String)
        case phrase(String)
        /// A code that servers also quote within a message.
        case word(String)
    }

    let match: Match
    let meaning: FailureMeaning
    /// Whose words: provider or server.
    let server: String
    /// Where they can be read.
    let source: String
    /// Counts only with a status that speaks of the request (400...499); a 500 may say the same of something else.
    let isOfRequestsOnly: Bool

    static func code(
        _ code: String, _ meaning: FailureMeaning, _ server: String, _ source: String
    ) -> FailureRow {
        FailureRow(match: .code(code), meaning: meaning, server: server, source: source, isOfRequestsOnly: false)
    }

    static func word(_ word: String, _ meaning: FailureMeaning, _ server: String, _ source: String) -> FailureRow {
        FailureRow(match: .word(word), meaning: meaning, server: server, source: source, isOfRequestsOnly: false)
    }

    static func says(
        _ phrase: String, _ meaning: FailureMeaning, _ server: String, _ source: String, ofRequestsOnly: Bool = false
    ) -> FailureRow {
        FailureRow(
            match: .phrase(phrase), meaning: meaning, server: server, source: source, isOfRequestsOnly: ofRequestsOnly)
    }
}

/// All rows, ready to be searched for.
enum FailureTable {
    static let rows: [FailureRow] =
        contextWindow + contentPolicy + models + accounts + limits + otherWords + members

    static let codes: [String: FailureMeanings] = {
        var codes: [String: FailureMeanings] = [:]
        for row in rows {
            switch row.match {
            case .code(let code), .word(let code): codes[code, default: []].insert(row.meaning)
            case .phrase: break
            }
        }
        return codes
    }()

    static let phrases = FailurePhrases(
        rows.compactMap { row in
            switch row.match {
            case .code: nil
            case .phrase(let text), .word(let text): (text, row.meaning, row.isOfRequestsOnly)
            }
        })
}

/// A set of meanings. A value.
struct FailureMeanings: Sendable, ExpressibleByArrayLiteral {
    private var bits: UInt16 = 0

    init(arrayLiteral elements: FailureMeaning...) {
        for element in elements { insert(element) }
    }

    mutating func insert(_ meaning: FailureMeaning) { bits |= 1 << UInt16(meaning.rawValue) }
    mutating func formUnion(_ other: FailureMeanings) { bits |= other.bits }
    func contains(_ meaning: FailureMeaning) -> Bool { bits & 1 << UInt16(meaning.rawValue) != 0 }
    var isEmpty: Bool { bits == 0 }
}
