/// The keys that a scan looks for; made once and kept. A name's index is its place in the list; keys of its family, if it
/// has one, have the index behind the last.
package final class MemberNames: Sendable {
    private let table: NameTable
    private let names: [[UInt8]]
    /// The index of keys that are no name and belong to the family. `nil`: there is none.
    package let family: Int?

    /// - Parameter names: at most 4096, each different; of two equal ones the first is found.
    package init(_ names: StaticString...) {
        self.names = names.prefix(4096).map { Array("\($0)".utf8) }
        table = NameTable(self.names.enumerated().map { (owner: 0, name: $1, value: $0) })
        family = nil
    }

    /// - Parameters:
    ///   - names: at most 4095, each different.
    ///   - beginning: of eight bytes. Every other key that begins so is wanted too.
    package init(_ names: [StaticString], familyBeginning beginning: StaticString) {
        let all = names.prefix(4095).map { Array("\($0)".utf8) } + [Array("\(beginning)".utf8)]
        self.names = all
        table = NameTable(
            all.enumerated().map { (owner: 0, name: $1, value: $0) }, hasFamily: all.last?.count == 8)
        family = all.count - 1
    }

    /// Names that are known at run time only. Those past 4096, or past 65,535 bytes in all, are left out.
    package init(of names: [[UInt8]]) {
        var bytes = 0
        self.names = Array(
            names.prefix(4096).prefix { name in
                bytes += name.count
                return bytes < 1 << 16
            })
        table = NameTable(self.names.enumerated().map { (owner: 0, name: $1, value: $0) })
        family = nil
    }

    package var count: Int { names.count }

    /// The name as it was given.
    package func bytes(of index: Int) -> [UInt8] {
        names[index]
    }

    /// The index of a name. Not for a hot path.
    package func index(of name: [UInt8]) -> Int? {
        names.firstIndex(of: name)
    }

    /// The index of the name that a valid key spells, or -1.
    ///
    /// - Parameter key: the key with its quotes.
    @inline(__always)
    func index(of key: Range<Int>, hasEscapes: Bool, in bytes: Span<UInt8>) -> Int {
        table.value(of: key, hasEscapes: hasEscapes, owner: 0, in: bytes)
    }
}

/// Whether `bytes[range]` is `text`.
@inline(__always)
func isEqual(_ text: Span<UInt8>, _ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    guard text.count == range.count else { return false }
    for offset in 0..<text.count where text[offset] != bytes.byte(range.lowerBound + offset) { return false }
    return true
}
