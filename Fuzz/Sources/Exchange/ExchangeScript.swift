/// A whole exchange as text: who sends what, who leaves, how much time passes. A value; every input is one.
///
/// The first byte chooses the configuration. Then come records, each from an `@` at the start of a line to the line end
/// before the next one, or at the end: an optional `&`, a letter, a digit that says which peer is meant (`.`: the usual one), an optional
/// blank, and the rest as it stands. Fuzz/README.md lists the letters.
struct ExchangeScript {
    struct Record {
        /// What is done; see `ScriptPlayer.perform`.
        let letter: UInt8
        /// `nil`: the usual one.
        let peer: Int?
        let rest: ArraySlice<UInt8>
        /// The next record follows before the loop has looked.
        let isJoined: Bool

        fileprivate init?(_ line: ArraySlice<UInt8>) {
            var line = line
            isJoined = line.first == UInt8(ascii: "&")
            if isJoined { line = line.dropFirst() }
            guard let letter = line.first else { return nil }
            self.letter = letter
            line = line.dropFirst()
            let digit = line.first.map { $0 &- 0x30 }
            peer = digit.flatMap { $0 < 10 ? Int($0) : nil }
            line = line.dropFirst()
            rest = line.first == UInt8(ascii: " ") ? line.dropFirst() : line
        }
    }

    let configuration: Int
    let records: [Record]
    /// Somebody has guessed the end of our keys, and may be told what he says.
    let namesKey: Bool

    /// More would only be slow.
    private static let mostRecords = 200

    init(_ input: [UInt8]) {
        configuration = Int((input.first ?? 0) &- 0x30)
        var records: [Record] = []
        var start = input.count
        // Where a record begins: behind an `@` that is the first byte of a line, but for the first line.
        for index in input.indices.dropFirst(2)
        where input[index] == UInt8(ascii: "@") && input[index - 1] == UInt8(ascii: "\n") {
            if start < index, let record = Record(input[start..<index - 1]) { records.append(record) }
            start = index + 1
        }
        let end = input.last == UInt8(ascii: "\n") ? input.count - 1 : input.count
        if start < end, let record = Record(input[start..<end]) { records.append(record) }
        namesKey = input[...].firstPlace(of: ExchangeSetup.keyEnd) != nil
        self.records = Array(records.prefix(ExchangeScript.mostRecords))
    }
}

extension ArraySlice<UInt8> {
    /// The decimal number that it begins with, at most `limit`.
    func number(upTo limit: Int) -> Int {
        var number = 0
        for byte in self.prefix(7) {
            guard 0x30...0x39 ~= byte else { break }
            number = number * 10 + Int(byte - 0x30)
        }
        return Swift.min(number, limit)
    }

    /// What stands before and behind the first `separator`; without one, everything stands before it.
    func split(at separator: String) -> (before: ArraySlice<UInt8>, behind: ArraySlice<UInt8>) {
        guard let range = firstPlace(of: separator) else { return (self, self[endIndex...]) }
        return (self[..<range.lowerBound], self[range.upperBound...])
    }
}
