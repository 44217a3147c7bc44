internal import EventLoop
internal import Glibc
internal import JSONText

/// One line while it is written. A value; its memory comes from the thread's own list, so a line allocates nothing.
struct LogLine: ~Copyable {
    private(set) var bytes = ByteBuffer()
    private let format: Log.Format
    let redactor: Redactor
    /// Something from outside looks as if it might hold a credential: the whole line has to pass the redactor.
    private(set) var isSuspect = false

    /// - Parameter message: `nil` for a line that says by itself what it is about.
    init(format: Log.Format, level: Log.Level, message: StaticString?, redactor: Redactor) {
        self.format = format
        self.redactor = redactor
        // A request's line fits.
        bytes.reserve(1000)
        switch format {
        case .json:
            bytes.append("{\"time\":\"")
            appendTimestamp(wallClockMilliseconds(), to: &bytes)
            bytes.append(level.member)
            if let message { bytes.append(message) }
            bytes.append(byte: UInt8(ascii: "\""))
        case .text:
            appendTimeOfDay(UInt32(truncatingIfNeeded: wallClockMilliseconds() / 1000 % 86_400), to: &bytes)
            bytes.append(" ")
            if level != .info {
                bytes.append(level.word)
                bytes.append(": ")
            }
            if let message { bytes.append(message) }
        }
    }

    /// Text from anywhere: it is escaped, cut when it is long, and looked at for credentials.
    mutating func add(_ name: StaticString, text value: String) {
        startField(name)
        append(value)
    }

    mutating func add(_ name: StaticString, _ value: Int) {
        startField(name)
        bytes.append(decimal: value)
    }

    mutating func add(_ name: StaticString, _ value: Bool) {
        startField(name)
        bytes.append(value ? "true" : "false")
    }

    /// Ends the line with a line feed.
    mutating func finish() {
        bytes.append(format == .json ? "}\n" : "\n")
        // Text lines have no strings whose ends keep their parts apart.
        if format == .text { isSuspect = redactor.suspects(bytes.bytes) }
    }

    private mutating func startField(_ name: StaticString) {
        switch format {
        case .json:
            bytes.append(",\"")
            bytes.append(name)
            bytes.append("\":")
        case .text:
            bytes.append(" ")
            bytes.append(name)
            bytes.append("=")
        }
    }

    private mutating func append(_ value: String) {
        guard value.utf8.count <= LogLine.longestValueBytes else { return append(LogLine.bounded(value)) }
        switch format {
        case .json:
            let start = bytes.count
            bytes.append(jsonString: value)
            if !isSuspect { isSuspect = redactor.suspects(bytes.bytes.extracting(start..<bytes.count)) }
        case .text: append(readable: value)
        }
    }

    /// Fields that were looked at before; for a JSON line.
    mutating func add(_ fields: borrowing WrittenFields) {
        bytes.append(fields.bytes)
        if fields.isSuspect { isSuspect = true }
    }

    /// A value in a line for people: as it is when it is one plain word, else in quotes, so that no blank, quote or `=` in it
    /// can pass for another value. What would end the line, or command the terminal, becomes visible.
    mutating func append(readable text: String) {
        let text = LogLine.bounded(text)
        guard text.isEmpty || text.unicodeScalars.contains(where: LogLine.needsQuotes) else {
            return bytes.append(text: text)
        }
        bytes.append("\"")
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" {
                bytes.append("\\")
                bytes.append(text: String(scalar))
            } else if LogLine.isInvisible(scalar) {
                bytes.append(text: "\\u{\(String(scalar.value, radix: 16))}")
            } else {
                bytes.append(text: String(scalar))
            }
        }
        bytes.append("\"")
    }

    /// What the program itself says in a line for people.
    mutating func append(own text: String) {
        bytes.append(text: text)
    }

    private static func needsQuotes(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "!", "#"..."<", ">"..."[", "]"..."~": false
        case "\"", "=", "\\": true
        default: isInvisible(scalar) || scalar.properties.isWhitespace
        }
    }

    /// Controls, ends of lines, and marks that turn, join or hide what stands beside them.
    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20..<0x7F: return false
        case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029: return true
        default: return scalar.properties.generalCategory == .format
        }
    }

    /// A client may send a name of megabytes; a line of the log is no place for it.
    static let longestValueBytes = 16 << 10
    private static let ellipsis = "…"

    /// The text, or its beginning and an ellipsis, which together are no longer.
    ///
    /// - Parameter longest: in bytes, at least the ellipsis's.
    static func bounded(_ text: String, to longest: Int = longestValueBytes) -> String {
        guard text.utf8.count > longest else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: longest - ellipsis.utf8.count)
        while String.Index(end, within: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
        return "\(text[..<end])\(ellipsis)"
    }
}

// MARK: - A request's fields

// Keys come with what stands around them, so that each is one copy.
extension LogLine {
    /// Text that the program made itself.
    mutating func add(key: StaticString, own text: String) {
        bytes.append(key)
        bytes.append(byte: UInt8(ascii: "\""))
        bytes.append(text: text)
        bytes.append(byte: UInt8(ascii: "\""))
    }

    mutating func add(key: StaticString, text value: String?) {
        guard let value else { return }
        bytes.append(key)
        append(value)
    }

    mutating func add(key: StaticString, _ value: Int?) {
        guard let value else { return }
        bytes.append(key)
        bytes.append(decimal: value)
    }

    mutating func add(key: StaticString, number text: String) {
        bytes.append(key)
        bytes.append(text: text)
    }

    /// Milliseconds with one decimal.
    mutating func add(key: StaticString, nanoseconds: Int64?) {
        guard let nanoseconds else { return }
        bytes.append(key)
        bytes.append(tenthsOfMilliseconds: nanoseconds)
    }
}

extension ByteBuffer {
    /// `text` as a JSON string, quotes included.
    mutating func append(jsonString text: String) {
        let span = text.utf8.span
        if isPlainInJSON(span) {
            append(byte: UInt8(ascii: "\""))
            append(span)
            append(byte: UInt8(ascii: "\""))
        } else {
            var escaped: [UInt8] = []
            appendJSONString(span, to: &escaped)
            append(escaped)
        }
    }

    /// Rounded half away from zero: `12.3`, `0.0`.
    mutating func append(tenthsOfMilliseconds nanoseconds: Int64) {
        if nanoseconds <= -50_000 { append(byte: UInt8(ascii: "-")) }
        let tenths = (nanoseconds.magnitude &+ 50_000) / 100_000
        append(decimal: Int(tenths / 10))
        append(byte: UInt8(ascii: "."))
        append(decimal: Int(tenths % 10))
    }
}

/// Whether `text` stands in a JSON string as it is: printable ASCII without quote and backslash, eight bytes at a time.
private func isPlainInJSON(_ text: Span<UInt8>) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    var found: UInt64 = 0
    var index = 0
    unsafe text.withUnsafeBytes { bytes in
        while index + 8 <= bytes.count {
            let word = unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            // A byte that is 0 after the exclusive or, or below a blank, borrows from its own high bit.
            let quotes = word ^ (ones &* 0x22)
            let slashes = word ^ (ones &* 0x5C)
            found |= word | (word &- ones &* 0x20) | (quotes &- ones) | (slashes &- ones) | (word &+ ones)
            index += 8
        }
        while index < bytes.count {
            let byte = unsafe bytes[index]
            if byte < 0x20 || byte >= 0x7F || byte == 0x22 || byte == 0x5C { found |= highs }
            index += 1
        }
    }
    return found & highs == 0
}

/// RFC 3339 in UTC with milliseconds: `2026-11-20T12:09:57.133Z`.
package func timestamp(_ epochSeconds: Double) -> String {
    var text = ByteBuffer()
    appendTimestamp(Int64((epochSeconds * 1000).rounded(.down)), to: &text)
    return unsafe text.bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
}

private func appendTimestamp(_ milliseconds: Int64, to out: inout ByteBuffer) {
    let (days, ofDay) = (milliseconds / 86_400_000, UInt32(truncatingIfNeeded: milliseconds % 86_400_000))
    // Days since 0000-03-01, by eras of 400 years: the leap day is then the last of its year.
    let shifted = days + 719_468
    let era = shifted / 146_097
    let ofEra = shifted % 146_097
    let year = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
    let ofYear = ofEra - (365 * year + year / 4 - year / 100)
    let month = (5 * ofYear + 2) / 153
    let day = ofYear - (153 * month + 2) / 5 + 1
    let calendarYear = UInt32(truncatingIfNeeded: era * 400 + year + (month >= 10 ? 1 : 0))
    let second = ofDay / 1000
    // Put together on the stack, and appended once.
    var text = InlineArray<24, UInt8>(repeating: UInt8(ascii: "-"))
    putDigits(calendarYear / 100 % 100, at: 0, of: &text)
    putDigits(calendarYear % 100, at: 2, of: &text)
    putDigits(UInt32(truncatingIfNeeded: month < 10 ? month + 3 : month - 9), at: 5, of: &text)
    putDigits(UInt32(truncatingIfNeeded: day), at: 8, of: &text)
    text[10] = UInt8(ascii: "T")
    putDigits(second / 3600, at: 11, of: &text)
    text[13] = UInt8(ascii: ":")
    putDigits(second / 60 % 60, at: 14, of: &text)
    text[16] = UInt8(ascii: ":")
    putDigits(second % 60, at: 17, of: &text)
    text[19] = UInt8(ascii: ".")
    text[20] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: ofDay % 1000 / 100)
    putDigits(ofDay % 100, at: 21, of: &text)
    text[23] = UInt8(ascii: "Z")
    out.append(text.span)
}

/// Two digits of a number below 100.
@inline(__always)
private func putDigits(_ number: UInt32, at place: Int, of text: inout InlineArray<24, UInt8>) {
    text[place] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number / 10)
    text[place + 1] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number % 10)
}

/// - Parameter second: of the day.
private func appendTimeOfDay(_ second: UInt32, to out: inout ByteBuffer) {
    out.append(digits: second / 3600, atLeast: 2)
    out.append(byte: UInt8(ascii: ":"))
    out.append(digits: second / 60 % 60, atLeast: 2)
    out.append(byte: UInt8(ascii: ":"))
    out.append(digits: second % 60, atLeast: 2)
}
