/// One header or trailer field as it stood on the wire, blanks around the value removed.
package struct WireField: Hashable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
}

extension [WireField] {
    /// The values of every field of this name (any case) in order.
    package func all(_ name: String) -> [String] {
        compactMap { $0.name.lowercased() == name.lowercased() ? $0.value : nil }
    }

    /// The first field of this name, in any case.
    package func first(_ name: String) -> String? { all(name).first }
}

/// How a message says where its body ends (RFC 9112 §6.3).
package enum WireFraming: Equatable {
    case none
    case length(Int)
    case chunked
    case untilClose

    /// - Parameter openEnded: what no field at all means: nothing in a request, the connection's end in an answer.
    package init(_ fields: [WireField], openEnded: WireFraming) throws(SocketError) {
        if let coding = fields.first("transfer-encoding") {
            guard coding.lowercased() == "chunked" else { throw .malformed("Transfer-Encoding: \(coding)") }
            guard fields.first("content-length") == nil else { throw .malformed("two framings") }
            self = .chunked
        } else if let text = fields.first("content-length") {
            guard let length = Int(text), length >= 0 else { throw .malformed("Content-Length: \(text)") }
            self = .length(length)
        } else {
            self = openEnded
        }
    }
}

extension ByteReader {
    /// Field lines up to the empty line.
    package func fields(before deadline: ContinuousClock.Instant) throws(SocketError) -> [WireField] {
        var fields: [WireField] = []
        while true {
            guard let line = try line(before: deadline) else { throw .endedEarly }
            if line.isEmpty { return fields }
            guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) else { throw .malformed("field: \(line)") }
            let value = line[line.index(after: colon)...]
            let blanks: (Character) -> Bool = { $0 == " " || $0 == "\t" }
            let trimmed = value.drop(while: blanks).reversed().drop(while: blanks).reversed()
            fields.append(WireField(String(line[..<colon]), String(trimmed)))
        }
    }

    /// The size of the chunk that follows; 0 stands before the trailers.
    package func chunkSize(before deadline: ContinuousClock.Instant) throws(SocketError) -> Int {
        guard let line = try line(before: deadline) else { throw .endedEarly }
        let digits = line.prefix { $0 != ";" }
        guard !digits.isEmpty, digits.allSatisfy(\.isHexDigit), let size = Int(digits, radix: 16) else {
            throw .malformed("chunk size: \(line)")
        }
        return size
    }

    /// The CRLF that stands after a chunk's data.
    package func chunkEnd(before deadline: ContinuousClock.Instant) throws(SocketError) {
        guard let line = try line(before: deadline) else { throw .endedEarly }
        guard line.isEmpty else { throw .malformed("after chunk data: \(line)") }
    }

    /// A whole body and its trailers.
    package func body(
        _ framing: WireFraming, before deadline: ContinuousClock.Instant
    ) throws(SocketError) -> (bytes: [UInt8], trailers: [WireField]) {
        var body: [UInt8] = []
        switch framing {
        case .none:
            return ([], [])
        case .length(let length):
            return (try bytes(length, before: deadline), [])
        case .untilClose:
            while let piece = try piece(atMost: 65536, before: deadline) { body += piece }
            return (body, [])
        case .chunked:
            while true {
                let size = try chunkSize(before: deadline)
                if size == 0 { return (body, try fields(before: deadline)) }
                body += try bytes(size, before: deadline)
                try chunkEnd(before: deadline)
            }
        }
    }
}
