import HTTPWire
import Testing

@Suite struct EventStreamParserTests {
    /// `event=data` or `data`; `:` for a comment; `-` for no data. An unfinished last event has `…` before it.
    typealias Case = (rule: String, input: String, events: [String])

    static let cases: [Case] = [
        ("one event", "data: a\n\n", ["a"]),
        ("two events", "data: a\n\ndata: b\n\n", ["a", "b"]),
        ("CRLF ends a line", "data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]),
        ("CR ends a line", "data: a\r\rdata: b\r\r", ["a", "b"]),
        ("ends may be mixed", "data: a\r\n\ndata: b\n\rdata: c\r\r\n", ["a", "b", "c"]),
        ("no blank behind the colon", "data:a\n\n", ["a"]),
        ("only one blank is dropped", "data:  a\n\n", [" a"]),
        ("a tab is not", "data:\ta\n\n", ["\ta"]),
        ("empty data", "data:\n\n", [""]),
        ("empty data, a blank", "data: \n\n", [""]),
        ("a field without a colon", "data\n\n", [""]),
        ("several data lines", "data: a\ndata: b\n\n", ["a\nb"]),
        ("several with CRLF", "data: a\r\ndata\r\ndata:c\r\n\r\n", ["a\n\nc"]),
        ("several with CR", "data\rdata\r\r", ["\n"]),
        ("a colon in data", "data: {\"a\":1}\n\n", ["{\"a\":1}"]),
        ("event name", "event: ping\ndata: a\n\n", ["ping=a"]),
        ("the last name counts", "event: x\nevent:y\ndata: a\n\n", ["y=a"]),
        ("name without data", "event: ping\n\n", ["ping=-"]),
        ("id and retry", "id: 7\nretry: 3\ndata: a\n\n", ["a"]),
        ("id alone", "id: 7\n\n", ["-"]),
        ("comment", ": OPENROUTER PROCESSING\n\ndata: a\n\n", [":", "a"]),
        ("comments", ":\n:x\n\n", [":"]),
        ("comment within an event", ": x\ndata: a\n: y\n\n", ["a"]),
        ("comment between data lines", "data: a\n: x\ndata: b\n\n", ["a\nb"]),
        ("unknown field", "foo: bar\ndata: a\n\n", ["a"]),
        ("names are case-sensitive", "Data: b\ndata: a\n\n", ["a"]),
        ("a longer name", "datax: b\ndata: a\n\n", ["a"]),
        ("a blank before the name", " data: b\ndata: a\n\n", ["a"]),
        ("a blank before the colon", "data : b\ndata: a\n\n", ["a"]),
        ("empty lines are no event", "\n\r\n\rdata: a\n\n\n\n\r\n", ["a"]),
        ("byte order mark", "\u{EF}\u{BB}\u{BF}data: a\n\n", ["a"]),
        ("a mark later is text", "data: a\n\n\u{EF}\u{BB}\u{BF}data: b\n\n", ["a", "-"]),
        ("half a mark is text", "\u{EF}\u{BB}data: a\n\n", ["-"]),
        ("UTF-8", "data: caf\u{C3}\u{A9}\n\n", ["caf\u{C3}\u{A9}"]),
        ("NUL is text", "data: a\u{00}b\n\n", ["a\u{00}b"]),
        ("long data", "data: 0123456789abcdefghijklmnopqrstuvwxyz\n\n", ["0123456789abcdefghijklmnopqrstuvwxyz"]),
        ("unfinished", "data: a\n\ndata: b\n", ["a", "…b"]),
        ("unfinished line", "data: [DONE]", ["…[DONE]"]),
        ("unfinished with CR", "data: a\r\n\r\ndata: b\r\n", ["a", "…b"]),
        ("unfinished lines", "data: a\ndata: b", ["…a\nb"]),
        ("unfinished comment", ": x", ["…:"]),
        ("unfinished after empty lines", "\n\n\ndata: a", ["…a"]),
        ("nothing", "", []),
        ("only empty lines", "\r\n\r\n\n", []),
        ("only a mark", "\u{EF}\u{BB}\u{BF}", []),
        ("half a mark", "\u{EF}\u{BB}", ["…-"]),
    ]

    @Test func sameEventsHoweverTheBytesAreCut() throws {
        for (rule, input, events) in Self.cases {
            let bytes = latin1(input)
            for arrival in arrivals(of: bytes.count) {
                for drops in [false, true] {
                    let found = try collect(bytes, arrival, drops: drops)
                    guard found.events == events else {
                        Issue.record("\(rule): \(input.debugDescription) cut at \(arrival): \(found), not \(events)")
                        break
                    }
                }
            }
        }
    }

    /// - Parameter drops: whether the bytes before the position are taken away before more come.
    private func collect(
        _ bytes: [UInt8], _ arrival: [Int], drops: Bool = false, maxEventBytes: Int = 8 << 20
    ) throws(EventStreamError) -> (events: [String], passedOn: [UInt8]) {
        var parser = EventStreamParser(maxEventBytes: maxEventBytes)
        var (events, passedOn): ([String], [UInt8]) = ([], [])
        var (dropped, position) = (0, 0)
        for count in arrival {
            if drops { (dropped, position) = (dropped + position, 0) }
            let input = Array(bytes[dropped..<count])
            while let event = try parser.next(input.span, from: &position) {
                events.append(describe(event, in: input))
                passedOn += input[event.range]
                if event.range.upperBound != position { Issue.record("the position is not behind the event") }
            }
        }
        let input = Array(bytes[dropped...])
        if let event = parser.finish(input.span, from: &position) {
            events.append("…" + describe(event, in: input))
            passedOn += input[event.range]
        }
        if position != input.count { Issue.record("bytes were left") }
        return (events, passedOn)
    }

    private func describe(_ event: EventStreamParser.Event, in input: [UInt8]) -> String {
        if event.isComment { return ":" }
        let data = event.joined.map(text) ?? event.data.map { text(input[$0]) } ?? "-"
        return (event.name.map { text(input[$0]) + "=" } ?? "") + data
    }

    private func text(_ bytes: some Sequence<UInt8>) -> String {
        String(String.UnicodeScalarView(bytes.map { UnicodeScalar($0) }))
    }

    @Test func rangesHoldTheBytesAsTheyCame() throws {
        let lineFeeds = latin1(": x\n\nevent: y\ndata: a\n\ndata: b\ndata: c\n\n")
        for arrival in arrivals(of: lineFeeds.count) {
            #expect(try collect(lineFeeds, arrival).passedOn == lineFeeds)
        }
        let returns = latin1(": x\r\n\r\ndata: a\r\n\r\n")
        #expect(try collect(returns, [returns.count]).passedOn == returns)
    }

    /// Bytes that come one by one never meet the short cut for whole events.
    @Test func wholeEventsReadLikeThoseOfSingleBytes() throws {
        let parts = [
            "data:", "data: ", "data", "event: ", "event:", "event", ": c", "id: 1", "x", " ", "\n", "\n", "\n\n",
            "\r\n",
            "\r\n\r\n", "\r", "data: a\n\n", "event: e\ndata: {\"a\":1}\n\n", "data: b\r\n\r\n",
            "data: more than one step of thirty-two bytes, so that the wide loop runs\n\n",
        ].map(latin1)
        var random = SystemRandomNumberGenerator()
        for _ in 0..<3000 {
            let bytes = (0..<Int.random(in: 1...12, using: &random)).flatMap { _ in
                parts.randomElement(using: &random) ?? []
            }
            let whole = try collect(bytes, [bytes.count])
            let single = try collect(bytes, Array(0...bytes.count))
            #expect(whole.events == single.events, "\(text(bytes).debugDescription)")
            let some = [Int.random(in: 0...bytes.count, using: &random), bytes.count]
            #expect(try collect(bytes, some).events == single.events, "\(text(bytes).debugDescription) \(some)")
        }
    }

    @Test func aLineFeedCutFromItsReturnBelongsToNoEvent() throws {
        let bytes = latin1("data: a\r\n\r\ndata: b\r\n\r\n")
        let first = latin1("data: a\r\n\r")
        let found = try collect(bytes, [first.count, bytes.count])
        #expect(found.events == ["a", "b"])
        #expect(found.passedOn == first + latin1("data: b\r\n\r\n"))
    }

    @Test func anEventAboveTheLimitIsRefusedAtEveryCut() throws {
        for lineEnd in ["\n", "\r\n", "\r"] {
            let bytes = latin1("data: a\(lineEnd)\(lineEnd)data: 0123456789\(lineEnd)\(lineEnd)")
            let second = bytes.count - 7 - 2 * lineEnd.utf8.count
            for arrival in arrivals(of: bytes.count) {
                #expect(try collect(bytes, arrival, maxEventBytes: second).events == ["a", "0123456789"])
                #expect(throws: EventStreamError.eventTooLong) {
                    try collect(bytes, arrival, maxEventBytes: second - 2)
                }
            }
        }
        let endless = latin1("data: 0123456789")
        #expect(throws: EventStreamError.eventTooLong) { try collect(endless, [endless.count], maxEventBytes: 15) }
        #expect(throws: Never.self) { try collect(endless, [endless.count], maxEventBytes: .max) }
    }

    @Test func aLongEventIsSearchedOnce() throws {
        // Quadratic work would take many minutes here: a million bytes that come one by one.
        let bytes = latin1("data: \(String(repeating: "x", count: 1 << 20))\n\n")
        var parser = EventStreamParser()
        var position = 0
        for count in stride(from: 1, to: bytes.count, by: 1) {
            _ = try parser.next(bytes.span.extracting(first: count), from: &position)
        }
        let event = try #require(try parser.next(bytes.span, from: &position))
        #expect(event.data?.count == 1 << 20)
    }
}
