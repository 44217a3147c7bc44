internal import HTTPWire

/// The first byte's lowest bit chooses a limit on events that is small enough to be met.
func checkEventStream(_ input: [UInt8]) {
    let input = Optioned(input)
    let limit = input.has(0) ? 24 : 1 << 20
    let whole = readEvents(input.bytes, [input.bytes.count], limit)
    for ends in cuts(of: input.bytes) {
        let cut = readEvents(input.bytes, ends, limit)
        guard !cut.isTooLong, !whole.isTooLong else {
            // Where a CRLF is cut in two, the event is one byte shorter, so that only one of two may be too long.
            if input.has(0) { continue }
            require(false, "no event is longer than a MiB")
            continue
        }
        requireEqual(cut.events, whole.events, "cut events read like whole ones")
    }
    guard !whole.isTooLong else { return }
    requireEqual(whole.events, referenceEvents(input.bytes), "events are those of the specification")
}

/// What an event says, without where it stands.
private struct Told: Equatable, CustomStringConvertible {
    var data: [UInt8]?
    var name: [UInt8]?
    var isComment: Bool

    var description: String { "(\(data.map { text($0) } ?? "-"), \(name.map { text($0) } ?? "-"), \(isComment))" }
}

private struct Events {
    var events: [Told] = []
    var isTooLong = false
}

private func readEvents(_ input: [UInt8], _ ends: [Int], _ limit: Int) -> Events {
    var result = Events()
    var parser = EventStreamParser(maxEventBytes: limit)
    var unread: [UInt8] = []
    var arrived = 0
    func add(_ event: EventStreamParser.Event) {
        require(event.range.upperBound <= unread.count, "an event lies in the input")
        require(event.data == nil || event.joined == nil, "data is one line or joined")
        for part in [event.data, event.name] {
            guard let part else { continue }
            require(part.lowerBound >= event.range.lowerBound, "a line lies in its event")
            require(part.upperBound <= event.range.upperBound, "a line lies in its event")
            require(!unread[part].contains { $0 == 0x0A || $0 == 0x0D }, "a value has no line end")
        }
        result.events.append(
            Told(
                data: event.data.map { Array(unread[$0]) } ?? event.joined, name: event.name.map { Array(unread[$0]) },
                isComment: event.isComment))
    }
    for end in ends {
        unread += input[arrived..<end]
        arrived = end
        var position = 0
        do throws(EventStreamError) {
            while let event = try parser.next(unread.span, from: &position) {
                require(event.range.count <= limit + 1, "an event keeps to its limit")
                add(event)
            }
        } catch {
            result.isTooLong = true
            return result
        }
        unread.removeFirst(position)
    }
    var position = 0
    if let event = parser.finish(unread.span, from: &position) { add(event) }
    return result
}

/// The same by the letter of WHATWG HTML §9.2.6, slowly; with what our parser keeps besides: comments, and an event that
/// the stream's end cut.
private func referenceEvents(_ input: [UInt8]) -> [Told] {
    let input = input.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(input.dropFirst(3)) : input
    var lines: [[UInt8]] = [[]]
    for (index, byte) in input.enumerated() {
        if byte == 0x0A, index > 0, input[index - 1] == 0x0D { continue }
        if byte == 0x0A || byte == 0x0D { lines.append([]) } else { lines[lines.count - 1].append(byte) }
    }
    var told: [Told] = []
    var current: Told?
    for line in lines + [[]] {
        guard let first = line.first else {
            if let event = current { told.append(event) }
            current = nil
            continue
        }
        var event = current ?? Told(isComment: true)
        if first != 0x3A {
            event.isComment = false
            let colon = line.firstIndex(of: 0x3A)
            var value = colon.map { Array(line[($0 + 1)...]) } ?? []
            if value.first == 0x20 { value.removeFirst() }
            switch text(line[..<(colon ?? line.count)]) {
            case "data": event.data = event.data.map { $0 + [0x0A] + value } ?? value
            case "event": event.name = value
            default: break
            }
        }
        current = event
    }
    return told
}
