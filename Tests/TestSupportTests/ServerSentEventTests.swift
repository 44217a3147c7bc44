import TestSupport
import Testing

@Suite struct ServerSentEventTests {
    typealias Case = (rule: String, text: String, events: [ServerSentEvent])
    static let cases: [Case] = [
        ("one event", "data: a\n\n", [ServerSentEvent(data: "a")]),
        ("no blank after the colon", "data:a\n\n", [ServerSentEvent(data: "a")]),
        ("one blank is taken", "data:  a\n\n", [ServerSentEvent(data: " a")]),
        ("two data lines", "data: a\ndata: b\n\n", [ServerSentEvent(data: "a\nb")]),
        ("a name", "event: x\ndata: a\n\ndata: b\n\n", [.init(name: "x", data: "a"), .init(data: "b")]),
        ("CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", [.init(data: "a"), .init(data: "b")]),
        ("CR", "data: a\r\rdata: b\r\r", [.init(data: "a"), .init(data: "b")]),
        ("a comment is no event", ": x\n\ndata: a\n\n", [.init(data: "a")]),
        ("an unfinished event is dropped", "data: a\n", []),
        ("a BOM is no field", "\u{FEFF}data: a\n\n", [.init(data: "a")]),
    ]

    @Test(arguments: cases)
    func readsEvents(_ c: Case) { #expect(ServerSentEvent.parse(Array(c.text.utf8)) == c.events, "\(c.rule)") }

    @Test func findsComments() {
        #expect(ServerSentEvent.comments(in: Array(": a\n\ndata: b\n\n:c\n".utf8)) == [" a", "c"])
    }
}
