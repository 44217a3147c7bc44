internal import HTTPWire

/// An upstream's heads. The first byte's bits: small limits, and the answer to a `HEAD`.
func checkResponseHead(_ input: [UInt8]) {
    let input = Optioned(input)
    let limits = input.has(0) ? ResponseParser.Limits(headBytes: 90, fields: 4) : ResponseParser.Limits()
    let method: Method = input.has(1) ? .head : .post
    let whole = readAnswers(input.bytes, [input.bytes.count], limits, method)
    for ends in cuts(of: input.bytes) {
        let cut = readAnswers(input.bytes, ends, limits, method)
        requireEqual(cut.story, whole.story, "cut answers read like whole ones")
    }
    for head in whole.heads { checkRewritten(head, method) }
}

private struct Answers {
    var heads: [ResponseHead] = []
    var story: [String] = []
}

private func readAnswers(
    _ input: [UInt8], _ ends: [Int], _ limits: ResponseParser.Limits, _ method: Method
) -> Answers {
    var result = Answers()
    var parser = ResponseParser(limits: limits)
    var unread: [UInt8] = []
    var arrived = 0
    for end in ends {
        unread += input[arrived..<end]
        arrived = end
        do throws(ResponseFault) {
            while let head = try parser.parse(unread.span, answering: method) {
                require(parser.consumedBytes > 0 && parser.consumedBytes <= unread.count, "a head has a length")
                require(100...599 ~= head.status, "a status has three digits and a meaning")
                require(!head.isInterim || head.framing == .none, "an interim answer has no body")
                require(method != .head || head.framing == .none, "an answer to HEAD has no body")
                require(!head.keepAlive || head.framing != .untilClose, "what ends with the connection ends it")
                result.story.append("\(parser.consumedBytes) \(head.status) \(head.framing) \(head.fields.fields)")
                unread.removeFirst(parser.consumedBytes)
                result.heads.append(head)
            }
        } catch {
            result.story.append("\(error)")
            break
        }
    }
    return result
}

private func checkRewritten(_ head: ResponseHead, _ method: Method) {
    var written = Array("HTTP/1.\(head.minorVersion) \(head.status) \r\n".utf8)
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
    var parser = ResponseParser()
    do throws(ResponseFault) {
        guard let again = try parser.parse(written.span, answering: method) else {
            require(false, "a head that was written is whole")
            return
        }
        requireEqual(again.status, head.status, "the status stays")
        requireEqual(again.framing, head.framing, "the framing stays")
        requireEqual(again.keepAlive, head.keepAlive, "keep-alive stays")
        requireEqual(lines(again.fields), lines(head.fields), "the fields stay")
    } catch {
        require(false, "a head that was read can be read again: \(error)")
    }
}
