internal import HTTPWire

/// Heads of a connection, one behind the other, without bodies between them. The lowest bit of the first byte chooses
/// limits small enough to be met.
func checkRequestHead(_ input: [UInt8]) {
    let input = Optioned(input)
    let limits =
        input.has(0)
        ? RequestLimits(requestLineBytes: 40, headerBlockBytes: 90, fields: 4, fieldBytes: 30) : RequestLimits()
    let whole = readHeads(input.bytes, [input.bytes.count], limits)
    for ends in cuts(of: input.bytes) {
        requireEqual(readHeads(input.bytes, ends, limits).story, whole.story, "cut requests read like whole ones")
    }
    for head in whole.heads {
        checkClaims(of: head)
        checkRewrittenHead(head)
    }
}

private struct Heads {
    var heads: [RequestHead] = []
    /// What happened, for comparison.
    var story: [String] = []
}

private func readHeads(_ input: [UInt8], _ ends: [Int], _ limits: RequestLimits) -> Heads {
    var result = Heads()
    var parser = RequestParser(limits: limits)
    var unread: [UInt8] = []
    var arrived = 0
    for end in ends {
        unread += input[arrived..<end]
        arrived = end
        do throws(RequestRejection) {
            while let head = try parser.parse(unread.span) {
                require(parser.consumedBytes > 0 && parser.consumedBytes <= unread.count, "a head has a length")
                result.story.append("\(parser.consumedBytes) \(head.path) \(head.framing) \(head.fields.fields)")
                unread.removeFirst(parser.consumedBytes)
                result.heads.append(head)
            }
        } catch {
            result.story.append("\(error.reason)")
            require(400...505 ~= error.status, "a rejection is a status of its own")
            let again: RequestRejection?
            do throws(RequestRejection) {
                _ = try parser.parse(unread.span)
                again = nil
            } catch { again = error }
            requireEqual(again, error, "a rejection is final")
            break
        }
    }
    return result
}

private func checkClaims(of head: RequestHead) {
    let bytes = head.fields.bytes
    require(head.path == "*" || head.path.hasPrefix("/"), "a path begins with a slash")
    require(!head.path.utf8.contains { $0 < 0x20 || $0 == 0x7F || $0 == 0x5C }, "a path has no control character")
    require(!head.path.split(separator: "/").contains(".."), "a path does not climb")
    require(head.framing != .untilClose, "a request's body has an end")
    require(!bytes.contains(0), "a head has no NUL")
    for (index, byte) in bytes.enumerated() {
        if byte == 0x0A { require(index > 0 && bytes[index - 1] == 0x0D, "each LF ends a CRLF") }
        if byte == 0x0D { require(index + 1 < bytes.count && bytes[index + 1] == 0x0A, "each CR begins a CRLF") }
    }
    require(head.fields.count(of: "host") <= 1, "there is one Host")
    require(head.fields.count(of: "content-length") <= 1, "there is one Content-Length")
    if head.fields.first("transfer-encoding") != nil {
        require(head.framing == .chunked && head.fields.first("content-length") == nil, "chunked is alone")
    }
}

/// The head written out again from what was read of it is read as the same.
private func checkRewrittenHead(_ head: RequestHead) {
    var written = Array("\(head.method.rawValue) \(head.rawPath.isEmpty ? "/" : head.rawPath)".utf8)
    if let query = head.query { written += "?\(query)".utf8 }
    written += " HTTP/1.\(head.minorVersion)\r\n".utf8
    let bytes = head.fields.bytes
    head.fields.forEach { name, value in
        do throws(FieldTextError) {
            try appendField(
                named: bytes.span.extracting(name), bytes.span.extracting(value), to: &written)
        } catch {
            require(false, "a field that was read can be written")
        }
    }
    written += "\r\n".utf8
    var parser = RequestParser(
        limits: RequestLimits(requestLineBytes: 1 << 20, headerBlockBytes: 2 << 20, fields: 4096, fieldBytes: 1 << 20))
    do throws(RequestRejection) {
        guard let again = try parser.parse(written.span) else {
            require(false, "a head that was written is whole")
            return
        }
        requireEqual(again.method, head.method, "the method stays")
        requireEqual(again.path, head.path, "the path stays")
        requireEqual(again.query, head.query, "the query stays")
        requireEqual(again.framing, head.framing, "the framing stays")
        requireEqual(again.keepAlive, head.keepAlive, "keep-alive stays")
        requireEqual(again.expectsContinue, head.expectsContinue, "the expectation stays")
        requireEqual(lines(again.fields), lines(head.fields), "the fields stay")
    } catch {
        require(false, "a head that was read can be read again: \(error.reason)")
    }
}

func lines(_ block: FieldBlock) -> [[UInt8]] {
    block.fields.map { Array(block.bytes[$0.name]) + [0x3A] + Array(block.bytes[$0.value]) }
}
