// Bytes per second of the parsers alone: the best of several timings, since whatever else runs only makes one slower.
import HTTPWire
import JSONText

measure("ObjectScan, 290 bytes", Samples.chatRequest(bytes: 290)) { bytes in
    guard let scan = try? ObjectScan(bytes.span, names: Samples.memberNames) else { return 0 }
    return scan.object.count
}
measure("ObjectScan, 100 KB", Samples.chatRequest(bytes: 100_000)) { bytes in
    guard let scan = try? ObjectScan(bytes.span, names: Samples.memberNames) else { return 0 }
    return scan.object.count
}
for (language, text) in [("English", Samples.english), ("Russian", Samples.russian)] {
    measure("ObjectScan, 100 KB of \(language)", Samples.chatRequest(bytes: 100_000, of: text)) { bytes in
        guard let scan = try? ObjectScan(bytes.span, names: Samples.memberNames) else { return 0 }
        return scan.object.count
    }
}
measure("JSONTape, 100 KB", Samples.chatRequest(bytes: 100_000)) { bytes in
    guard let tape = try? JSONTape(bytes) else { return 0 }
    return tape.root.range.count
}
measure("RequestParser, small head", Samples.smallRequestHead) { bytes in
    var parser = RequestParser()
    guard let head = try? parser.parse(bytes.span) else { return 0 }
    return head.fields.bytes.count
}
// Of a client that sends the same head, but for its last field's value, on one connection.
let previous = Array(Samples.requestHead.dropLast(5)) + Array("1\r\n\r\n".utf8)
var connection = RequestParser()
measure("RequestParser, SDK's next head", Samples.requestHead) { bytes in
    guard (try? connection.parse(previous.span)) != nil, let head = try? connection.parse(bytes.span) else { return 0 }
    return head.fields.bytes.count
}
measure("RequestParser, SDK's same head", Samples.requestHead) { bytes in
    guard let head = try? connection.parse(bytes.span) else { return 0 }
    return head.fields.bytes.count
}
measure("RequestParser, SDK's head", Samples.requestHead) { bytes in
    var parser = RequestParser()
    guard let head = try? parser.parse(bytes.span) else { return 0 }
    return head.fields.bytes.count
}
measure("ResponseParser, upstream's head", Samples.responseHead) { bytes in
    var parser = ResponseParser()
    guard let head = try? parser.parse(bytes.span, answering: .post) else { return 0 }
    return head.fields.bytes.count
}
measure("EventStreamParser, 200 chunks", Samples.eventStream) { bytes in
    var parser = EventStreamParser()
    var position = 0
    while let event = try? parser.next(bytes.span, from: &position), event.range.count > 0 {}
    return position
}
measure("ChunkedDecoder, a chunk per event", Samples.chunked) { bytes in
    var decoder = ChunkedDecoder()
    var position = 0
    while case .data? = try? decoder.next(bytes.span, from: &position) {}
    return position
}
