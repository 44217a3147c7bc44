internal import EventLoop
internal import HTTPWire
internal import JSONText
internal import Model

/// The body of an error, of which nothing is known beforehand: JSON, an event stream (whatever its label says), lines of
/// JSON, a page, or plain text. A value.
struct ErrorText {
    /// What its JSON says.
    private(set) var stated: StatedError?
    /// The words of a body that holds no JSON.
    private(set) var plain: String?

    /// Events of a stream that are looked at for one that says something.
    private static let mostEvents = 16
    /// Of a plain text, in bytes: a page of the provider's site is no message.
    private static let longestPlain = 1000

    init(_ body: Span<UInt8>) {
        let text = body.extracting(body.startOfText..<body.count)
        if text.startsLikeEvents {
            readEvents(text)
        } else if text.first == UInt8(ascii: "{") || text.first == UInt8(ascii: "[") {
            stated = StatedError(text) ?? StatedError(text.extracting(0..<text.endOfFirstLine))
        } else if let string = StatedError(text) {
            // A body that is nothing but a string, or a number.
            stated = string
        } else {
            plain = ErrorText.words(text)
        }
    }

    private mutating func readEvents(_ body: Span<UInt8>) {
        var parser = EventStreamParser(maxEventBytes: StatedError.longest)
        var position = 0
        for _ in 0..<ErrorText.mostEvents {
            let next = try? parser.next(body, from: &position)
            guard let event = next ?? parser.finish(body, from: &position) else { break }
            if let data = event.data {
                read(body.extracting(data))
            } else if let line = event.lineOfJoinedData {
                read(line.span)
            }
            if stated?.message != nil { return }
        }
    }

    private mutating func read(_ data: Span<UInt8>) {
        if data.isDoneMark { return }
        if let found = StatedError(data) {
            if stated == nil || found.message != nil { stated = found }
        } else if plain == nil {
            plain = ErrorText.words(data)
        }
    }

    /// - Returns: `nil` for what has no words for a client: nothing, a page for a browser, other than text.
    private static func words(_ text: Span<UInt8>) -> String? {
        if text.first == UInt8(ascii: "<") { return nil }
        let start = text.extracting(0..<min(text.count, longestPlain))
        guard !start.indices.contains(where: { start[$0] < 0x20 && !isSpace(start[$0]) }) else { return nil }
        return oneLine(String(decoding: start.array(0..<start.count), as: UTF8.self), isCut: start.count < text.count)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte }

    private static func oneLine(_ text: String, isCut: Bool) -> String? {
        var words = text.utf8.split(whereSeparator: isSpace).map { String(Substring($0)) }
        // Half a word may be half a credential, which nobody would know as one.
        if isCut { words = words.dropLast() + ["…"] }
        let line = words.joined(separator: " ")
        return line.isEmpty || line == "…" ? nil : line
    }
}
