/// Splits `text/event-stream` into events (WHATWG HTML §9.2.5, §9.2.6), for a relay that passes on the bytes it got: an
/// event is a range of the input, and nothing is copied unless an event has several data lines.
///
/// Lines end with LF, CRLF or CR; cuts may fall anywhere. Value. It remembers how far it has looked into the unfinished
/// event relative to the position it left behind, so each byte is searched once, and the caller may drop what stands
/// before that position and go on with the position lowered by as much.
package struct EventStreamParser: Sendable {
    /// One block of lines. Ranges lie in the input of the call that returned it.
    package struct Event: Sendable, Equatable {
        /// The whole block with its empty line.
        package let range: Range<Int>
        /// The value of the only `data` line.
        package let data: Range<Int>?
        /// The values of several `data` lines, joined by LF; ``data`` is `nil` then.
        package let joined: [UInt8]?
        /// The value of the last `event` line.
        package let name: Range<Int>?
        /// There are comment lines and nothing else: a ping.
        package let isComment: Bool

        /// The same event where `count` bytes in front of it are gone.
        package func moved(by count: Int) -> Event {
            func moved(_ range: Range<Int>) -> Range<Int> { range.lowerBound - count..<range.upperBound - count }
            return Event(
                range: moved(range), data: data.map(moved), joined: joined, name: name.map(moved), isComment: isComment)
        }
    }

    private let maxEventBytes: Int
    private var isAtStart = true
    /// The last byte used was a CR that ended a line: an LF right behind it belongs to it.
    private var skipsLineFeed = false
    private var block = Block()

    /// - Parameter maxEventBytes: longest block with its line ends that is taken. Default 8 MiB.
    package init(maxEventBytes: Int = 8 << 20) {
        self.maxEventBytes = maxEventBytes
    }

    /// `nil`: more bytes are needed, and `position` stands at the first byte of the unfinished event. After an event it
    /// stands behind it. Call again until `nil`.
    ///
    /// When a stream's lines end with CRLF and a cut falls between the two, the event is returned at the CR, and the LF
    /// belongs to no event.
    package mutating func next(
        _ input: Span<UInt8>, from position: inout Int
    ) throws(EventStreamError) -> Event? {
        if let event = nextPlainEvent(input, from: &position) { return event }
        guard skipMark(input, &position, isEnd: false) else { return nil }
        while true {
            if skipsLineFeed {
                guard let index = block.next(in: input, position) else { return nil }
                skipsLineFeed = false
                if input[index] == ASCII.lf { block.skipLineFeed(&position) }
            }
            let (bound, overflows) = position.addingReportingOverflow(maxEventBytes)
            let end = overflows ? input.count : min(input.count, bound)
            let start = position + block.looked
            let lineEnd = input.firstLineEnd(from: start, upTo: end)
            block.looked = max(lineEnd, start) - position
            guard lineEnd < end else {
                if end < input.count { throw .eventTooLong }
                return nil
            }
            var next = lineEnd + 1
            if input[lineEnd] == ASCII.cr {
                if next < input.count {
                    if input[next] == ASCII.lf { next += 1 }
                } else {
                    skipsLineFeed = true
                }
            }
            let isEmpty = lineEnd == position + block.lineStart
            if !isEmpty {
                block.read(input, line: (position + block.lineStart)..<lineEnd, from: position)
                (block.lineStart, block.looked) = (next - position, next - position)
                continue
            }
            defer {
                block = Block()
                position = next
            }
            if let event = block.event(position..<next, from: position) { return event }
        }
    }

    /// The usual event, whole: one `data` line and an empty one, or an `event` line in front of them. `nil`, with nothing
    /// done, for any other one and where anything is left over from an earlier call.
    private mutating func nextPlainEvent(_ input: Span<UInt8>, from position: inout Int) -> Event? {
        guard !isAtStart, !skipsLineFeed, block.looked == 0, position >= 0, position <= input.count else { return nil }
        let start = position
        // An event has to end before its limit, however it came to be read.
        let end = input.count - start > maxEventBytes ? start + maxEventBytes : input.count
        var line = start
        var name: Range<Int>?
        if input.hasWord(Word.event, at: line), let value = input.plainLine(from: line + 6, upTo: end) {
            name = value.text
            line = value.next
        }
        guard input.hasWord(Word.data, at: line), let value = input.plainLine(from: line + 5, upTo: end) else {
            return nil
        }
        guard let next = input.afterLineEnd(value.next, upTo: end) else { return nil }
        position = next
        return Event(range: start..<next, data: value.text, joined: nil, name: name, isComment: false)
    }

    /// At the end of the stream: what stands there without an empty line behind it, read as though that had come;
    /// `nil` when nothing does. Browsers drop such an event; whether it is a sloppy last one or a cut one shows in its
    /// data.
    package mutating func finish(_ input: Span<UInt8>, from position: inout Int) -> Event? {
        _ = skipMark(input, &position, isEnd: true)
        if skipsLineFeed, let index = block.next(in: input, position), input[index] == ASCII.lf {
            block.skipLineFeed(&position)
        }
        skipsLineFeed = false
        defer {
            block = Block()
            position = input.count
        }
        let line = min(position + block.lineStart, input.count)..<input.count
        if !line.isEmpty { block.read(input, line: line, from: position) }
        return block.event(position..<input.count, from: position)
    }

    /// Passes over a byte order mark at the start of the stream. `false`: it may still become one.
    private mutating func skipMark(_ input: Span<UInt8>, _ position: inout Int, isEnd: Bool) -> Bool {
        guard isAtStart else { return true }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        var matched = 0
        while matched < 3, position + matched < input.count, input[position + matched] == mark[matched] { matched += 1 }
        if matched == 3 {
            position += 3
        } else if position + matched == input.count, !isEnd {
            return false
        }
        isAtStart = false
        return true
    }
}

package enum EventStreamError: Error, Equatable, Sendable {
    case eventTooLong
}

/// The lines of an unfinished event. Offsets count from its first byte.
private struct Block: Sendable {
    /// Searched for line ends up to here.
    var looked = 0
    var lineStart = 0
    private var data: Range<Int>?
    private var joined: [UInt8]?
    private var name: Range<Int>?
    private var hasComment = false
    private var hasField = false

    /// The next byte to look at, if it is there.
    func next(in input: Span<UInt8>, _ position: Int) -> Int? {
        position + looked < input.count ? position + looked : nil
    }

    /// Takes the LF of a CRLF that was cut: into this event, or, where none has begun, to none.
    mutating func skipLineFeed(_ position: inout Int) {
        if looked == 0 {
            position += 1
        } else {
            looked += 1
            lineStart = looked
        }
    }

    /// A line that is not empty, without its end: `:comment`, `field:value` or `field`.
    mutating func read(_ input: Span<UInt8>, line: Range<Int>, from position: Int) {
        if input[line.lowerBound] == ASCII.colon {
            hasComment = true
            return
        }
        hasField = true
        if let value = input.value(of: "data", in: line) {
            append(input, value, from: position)
        } else if let value = input.value(of: "event", in: line) {
            name = (value.lowerBound - position)..<(value.upperBound - position)
        }
    }

    private mutating func append(_ input: Span<UInt8>, _ value: Range<Int>, from position: Int) {
        if joined == nil, data == nil {
            data = (value.lowerBound - position)..<(value.upperBound - position)
            return
        }
        if let first = data {
            joined = input.array((first.lowerBound + position)..<(first.upperBound + position))
            data = nil
        }
        joined?.append(ASCII.lf)
        joined?.append(contentsOf: input.array(value))
    }

    /// `nil` for a block without lines.
    func event(_ range: Range<Int>, from position: Int) -> EventStreamParser.Event? {
        guard hasComment || hasField else { return nil }
        return EventStreamParser.Event(
            range: range, data: data.map { ($0.lowerBound + position)..<($0.upperBound + position) }, joined: joined,
            name: name.map { ($0.lowerBound + position)..<($0.upperBound + position) }, isComment: !hasField)
    }
}

/// What a line begins with, as a number whose lowest byte is the first.
private enum Word {
    /// `data:`
    static let data = (bytes: UInt64(0x3A_6174_6164), mask: UInt64(0xFF_FFFF_FFFF))
    /// `event:`
    static let event = (bytes: UInt64(0x3A74_6E65_7665), mask: UInt64(0xFFFF_FFFF_FFFF))
}

extension Span where Element == UInt8 {
    /// Whether there are these bytes at `index`, with more behind them.
    @inline(__always)
    fileprivate func hasWord(_ word: (bytes: UInt64, mask: UInt64), at index: Int) -> Bool {
        guard count - index >= 8 else { return false }
        let found = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
        return UInt64(littleEndian: found) & word.mask == word.bytes
    }

    /// The rest of a line without one blank in front, and where the next line begins; `nil` when the line does not end
    /// before `end`, or ends with a bare CR.
    @inline(__always)
    fileprivate func plainLine(from start: Int, upTo end: Int) -> (text: Range<Int>, next: Int)? {
        guard start <= end else { return nil }
        let lineEnd = endOfLine(from: start, upTo: end)
        guard let next = afterLineEnd(lineEnd, upTo: end) else { return nil }
        let hasBlank = start < lineEnd && self[start] == ASCII.space
        return ((hasBlank ? start + 1 : start)..<lineEnd, next)
    }

    /// The offset behind the LF or CRLF at `index`; `nil` when there is none, or not all of it before `end`.
    @inline(__always)
    fileprivate func afterLineEnd(_ index: Int, upTo end: Int) -> Int? {
        guard index < end else { return nil }
        if self[index] == ASCII.lf { return index + 1 }
        guard self[index] == ASCII.cr, index + 1 < end, self[index + 1] == ASCII.lf else { return nil }
        return index + 2
    }

    /// ``firstLineEnd(from:upTo:)`` for the long lines of a stream: thirty-two bytes a step.
    @inline(__always)
    private func endOfLine(from start: Int, upTo end: Int) -> Int {
        precondition(start >= 0 && end <= count, "a line lies in its input")
        var index = start
        while end &- index >= 32 {
            // Thirty-two bytes are there, by the line before.
            let marks = unsafe lineEnds(index) | lineEnds(index &+ 16)
            let words = unsafe unsafeBitCast(marks, to: SIMD2<UInt64>.self)
            if words.x | words.y != 0 { break }
            index &+= 32
        }
        return firstLineEnd(from: index, upTo: end)
    }

    /// All bits set in those of sixteen bytes that end a line. Spelled out with vectors on both sides, it becomes three
    /// instructions; with scalars it would be a loop (Swift 6.3.1, x86-64). They have to be there.
    @unsafe @inline(__always)
    private func lineEnds(_ index: Int) -> SIMD16<Int8> {
        let block = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: SIMD16<Int8>.self)
        let lf = block .== SIMD16<Int8>(repeating: 0x0A)
        let cr = block .== SIMD16<Int8>(repeating: 0x0D)
        return unsafe unsafeBitCast(lf, to: SIMD16<Int8>.self) | unsafeBitCast(cr, to: SIMD16<Int8>.self)
    }

    /// The value behind `field` and its colon in `line`, without one blank before it; empty without a colon; `nil` when
    /// the line is another field's.
    fileprivate func value(of field: StaticString, in line: Range<Int>) -> Range<Int>? {
        let length = field.utf8CodeUnitCount
        guard line.count >= length else { return nil }
        for offset in 0..<length {
            let expected = unsafe field.utf8Start[offset]
            if self[line.lowerBound + offset] != expected { return nil }
        }
        var start = line.lowerBound + length
        if start == line.upperBound { return start..<start }
        guard self[start] == ASCII.colon else { return nil }
        start += 1
        if start < line.upperBound, self[start] == ASCII.space { start += 1 }
        return start..<line.upperBound
    }
}
