import CJSONText
import Glibc
import Testing

@testable import JSONText

/// The scan of a string against one that goes byte by byte: the same end, or the same error at the same place.
@Suite struct StringScanTests {
    /// What may stand in a string, and what may not.
    static let pieces: [[UInt8]] =
        [
            "\"", "\\n", "\\\"", "\\\\", "\\/\\b\\f\\r\\t", "\\u0041", "\\uABcd\\u00e9\\uD7FF\\ue000", "\\ud83d\\uDE00",
            "\\ud83d", "\\udc00", "\\ud83dx", "\\ud83d\\n", "\\ud83d\\u0041", "\\DBFF\\udBff", "\\x", "\\u00g0",
            "\\u004", "\\U0041", "\\é", "\\\u{0}", "\u{0}", "\u{1F}", "\u{7F}", " !#[]", "é", "\u{80}\u{7FF}",
            "\u{800}日\u{D7FF}\u{E000}\u{FFFF}", "\u{10000}😀\u{10FFFF}",
        ].map(utf8) + [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x41], [0xC3, 0xC3, 0xA9], [0xC3, 0xA9, 0xA9],
            [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF], [0xE2, 0x82], [0xE2, 0x22, 0x82], [0xED, 0xA0, 0x80],
            [0xEF, 0xBF, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0x98],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF],
        ]

    @Test(arguments: ["a", "я", "日", "😀", "\\n", "\\u0041"])
    func everyPieceAtEveryPlaceOfABlock(_ filler: String) {
        let filler = utf8(filler)
        for piece in Self.pieces {
            for place in [Array(0...18), Array(28...36), Array(56...70), Array(124...134)].joined() {
                var bytes = utf8("[\"") + [UInt8](repeating: 0x62, count: place % filler.count)
                while bytes.count + filler.count <= place + 2 { bytes += filler }
                check(bytes + piece + filler + utf8("\""), from: 2)
                check(bytes + piece + utf8("\\\"") + [UInt8](repeating: 0x63, count: 90) + utf8("é\"]"), from: 2)
            }
        }
    }

    @Test func everyPlaceOfTheTextToStartAt() {
        let text =
            utf8("é\\n日\\\\") + [UInt8](repeating: 0x61, count: 120) + utf8("\\té\"")
            + Array(repeating: 0x20, count: 80)
        for start in 0...70 { check([UInt8](repeating: 0x20, count: start) + text, from: start) }
    }

    @Test func everyCut() {
        let whole = Self.pieces.filter { !isWrong($0) }.joined()
        let text =
            utf8("\"") + whole
            + utf8("plain text that takes more than a block of sixty-four bytes, or it would be of no use")
        let end = utf8("é\\n\\ud83d\\ude00日\\\\\"")
        for bytes in [text + end, text + whole + end, utf8("\"\\n") + Array(repeating: 0x61, count: 100) + end] {
            for cut in 1...bytes.count {
                check(Array(bytes[..<cut]), from: 1)
                // With enough behind it to be read in blocks.
                check(Array(bytes[..<cut]) + utf8("\"") + [UInt8](repeating: 0x20, count: 80), from: 1)
            }
        }
    }

    /// Between two pages that may not be touched.
    @Test func nothingIsReadOutsideOfTheText() throws {
        let page = sysconf(Int32(_SC_PAGESIZE))
        guard let map = unsafe mmap(nil, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            unsafe map != MAP_FAILED
        else {
            Issue.record("no memory")
            return
        }
        defer { unsafe munmap(map, 3 * page) }
        let opened = unsafe mprotect(map + page, page, PROT_READ | PROT_WRITE)
        try #require(opened == 0)
        let middle = unsafe UnsafeMutableRawBufferPointer(start: map + page, count: page)
        for piece in ["a", "\\n", "\\u0041", "é", "日", "😀"].map(utf8) {
            for count in 4...200 {
                let text = utf8("[[\"aaa") + (0..<count).flatMap { _ in piece }.prefix(count)
                for place in [0, page - text.count] {
                    unsafe middle[place..<place + text.count].copyBytes(from: text)
                    let bytes = unsafe UnsafeRawBufferPointer(rebasing: middle[place..<place + text.count])
                    let found = Result { () throws(JSONError) in
                        try unsafe scanString(bytes.bindMemory(to: UInt8.self).span, from: 3)
                    }
                    #expect(found == Result { () throws(JSONError) in try SlowScan(bytes: text).string(from: 3) })
                    _ = unsafe penstock_json_run_anywhere(bytes.baseAddress, 3, bytes.count)
                }
            }
        }
    }

    @Test func everyByteBehindABackslash() {
        for value in UInt8.min...UInt8.max {
            for place in [0, 29, 60, 61, 62, 63] {
                let head = utf8("[[\"\\n") + [UInt8](repeating: 0x61, count: place)
                check(head + [0x5C, value] + [UInt8](repeating: 0x62, count: 80) + utf8("\""), from: 3)
                for digit in 2...5 {
                    var escape = utf8("\\u0a9F")
                    escape[digit] = value
                    check(head + escape + escape + [UInt8](repeating: 0x62, count: 80) + utf8("\""), from: 3)
                }
            }
        }
    }

    @Test func everyLeadAndSecondByte() {
        for lead in UInt8(0x7F)...0xFF {
            for second in [0x00, 0x22, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF] as [UInt8] {
                for place in [0, 58, 59, 60, 61] {
                    for rest in [[], [0x80], [0xBF, 0x80], [0x80, 0xC0], [0x80, 0x80, 0x80]] as [[UInt8]] {
                        let head = utf8("[[\"\\n") + [UInt8](repeating: 0x61, count: place)
                        check(head + [lead, second] + rest + [UInt8](repeating: 0x62, count: 80) + utf8("\""), from: 3)
                    }
                }
            }
        }
    }

    @Test func everyMix() {
        var random = SeededGenerator(seed: 31)
        let valid = Self.pieces.filter { !isWrong($0) }
        for round in 0..<4000 {
            var bytes = utf8(["[\"", "[[\"", "{\"é\":\""].randomElement(using: &random) ?? "")
            let start = bytes.count
            // Few kinds each time, so that there are rows of them.
            let kinds = (0...3).map { _ in valid.randomElement(using: &random) ?? [] }
            for _ in 0..<Int.random(in: 0...60, using: &random) {
                bytes += kinds.randomElement(using: &random) ?? []
                bytes += Array(repeating: 0x61, count: max(0, Int.random(in: -9...20, using: &random)))
            }
            if round % 2 == 0, bytes.count > start {
                bytes[Int.random(in: start..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            check(bytes + utf8("\"}]"), from: start)
        }
    }

    private func isWrong(_ piece: [UInt8]) -> Bool {
        guard let end = try? SlowScan(bytes: piece + utf8("\"")).string(from: 0) else { return true }
        return end.quote != piece.count
    }

    private func check(_ bytes: [UInt8], from start: Int) {
        let expected = Result { () throws(JSONError) in try SlowScan(bytes: bytes).string(from: start) }
        let found = Result { () throws(JSONError) in try scanString(bytes.span, from: start) }
        #expect(found == expected, "\(bytes) from \(start)")
        guard start >= 3 else { return }
        // Both forms of the blocks go equally far, and not behind an error.
        let run = unsafe penstock_json_run(bytes, start, bytes.count)
        let same = unsafe penstock_json_run_anywhere(bytes, start, bytes.count)
        #expect(run.end == same.end && run.has_escapes == same.has_escapes, "\(bytes) from \(start)")
        switch expected {
        case .success(let end): #expect(run.end <= end.quote && (run.has_escapes == 0 || end.hasEscapes))
        case .failure(let error): #expect(run.end <= error.offset)
        }
    }
}

extension StringEnd: Equatable {
    static func == (one: StringEnd, other: StringEnd) -> Bool {
        one.quote == other.quote && one.hasEscapes == other.hasEscapes
    }
}

/// A string's rules, one byte after the other.
private struct SlowScan {
    let bytes: [UInt8]

    func string(from start: Int) throws(JSONError) -> StringEnd {
        var at = start
        var hasEscapes = false
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\""): return StringEnd(quote: at, hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                at += try escape(at)
            case 0..<0x20: throw JSONError(.controlCharacter, at: at)
            case 0..<0x80: at += 1
            default:
                let length = (2...4).first { at + $0 <= bytes.count && isCharacter(bytes[at..<at + $0]) }
                guard let length else { throw JSONError(.invalidUTF8, at: at) }
                at += length
            }
        }
        throw JSONError(.unexpectedEnd, at: bytes.count)
    }

    private func isCharacter(_ slice: ArraySlice<UInt8>) -> Bool {
        String(validating: slice, as: UTF8.self)?.unicodeScalars.count == 1
    }

    private func escape(_ at: Int) throws(JSONError) -> Int {
        guard at + 1 < bytes.count else { throw JSONError(.unexpectedEnd, at: bytes.count) }
        if utf8("\"\\/bfnrt").contains(bytes[at + 1]) { return 2 }
        guard bytes[at + 1] == UInt8(ascii: "u") else { throw JSONError(.invalidEscape, at: at) }
        guard unit(at) != nil else {
            throw at + 6 > bytes.count ? JSONError(.unexpectedEnd, at: bytes.count) : JSONError(.invalidEscape, at: at)
        }
        return 6
    }

    private func unit(_ at: Int) -> UInt32? {
        guard at + 6 <= bytes.count, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u") else {
            return nil
        }
        let digits = bytes[at + 2..<at + 6].map { Character(Unicode.Scalar($0)) }
        return digits.allSatisfy { $0.isASCII && $0.isHexDigit } ? UInt32(String(digits), radix: 16) : nil
    }
}
