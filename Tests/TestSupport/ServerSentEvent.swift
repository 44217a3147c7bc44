/// One event of an event stream as a lenient client reads it.
package struct ServerSentEvent: Hashable, Sendable {
    /// The `event:` line, nil when there was none.
    package let name: String?
    /// The `data:` lines joined by LF.
    package let data: String

    package init(name: String? = nil, data: String) { (self.name, self.data) = (name, data) }

    package var json: TestJSON? { TestJSON(data) }

    /// Every whole event in `text`; comments are skipped and an event without its empty line is dropped.
    package static func parse(_ text: [UInt8]) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        var name: String?
        var data: [String] = []
        for line in lines(of: text) {
            if line.isEmpty {
                if !data.isEmpty { events.append(ServerSentEvent(name: name, data: data.joined(separator: "\n"))) }
                (name, data) = (nil, [])
                continue
            }
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            var value = parts.count > 1 ? parts[1] : ""
            if value.first == " " { value = value.dropFirst() }
            if parts[0] == "data" { data.append(String(value)) }
            if parts[0] == "event" { name = String(value) }
        }
        return events
    }

    /// The comment lines (`: …`) in `text`, without the colon.
    package static func comments(in text: [UInt8]) -> [String] {
        lines(of: text).compactMap { $0.first == ":" ? String($0.dropFirst()) : nil }
    }

    /// Lines ended by LF, CRLF or CR; what follows the last end is not a line. A leading BOM is dropped.
    private static func lines(of text: [UInt8]) -> [String] {
        var lines: [String] = []
        var line: [UInt8] = []
        var afterCR = false
        let bom: [UInt8] = [0xEF, 0xBB, 0xBF]
        for byte in text.starts(with: bom) ? text.dropFirst(3) : text[...] {
            defer { afterCR = byte == 0x0D }
            if byte == 0x0A, afterCR { continue }
            if byte == 0x0A || byte == 0x0D {
                lines.append(String(decoding: line, as: UTF8.self))
                line = []
            } else {
                line.append(byte)
            }
        }
        return lines
    }
}
