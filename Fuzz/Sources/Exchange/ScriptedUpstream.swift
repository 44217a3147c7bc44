internal import HTTPWire

/// The test's end of a connection that the gateway opened to an upstream: every request on it is checked as it comes.
final class ScriptedUpstream {
    /// Which deployment's address it came to.
    let place: Int
    let socket: PeerSocket
    private(set) var requests = 0
    /// Of the latest whole request.
    private(set) var path = ""
    private(set) var body: ArraySlice<UInt8> = []
    private(set) var isAnswered = true
    private var read = 0
    private var sentBefore = 0

    init(_ socket: PeerSocket, place: Int) {
        self.socket = socket
        self.place = place
    }

    func pump() -> Bool {
        let hasChanged = socket.pump()
        while readRequest() {}
        return hasChanged
    }

    /// Sends the answer to the latest request, or part of it.
    func send(_ bytes: some Collection<UInt8>) {
        socket.send(bytes)
        isAnswered = true
    }

    private func readRequest() -> Bool {
        let unread = socket.received[read...]
        guard !unread.isEmpty else { return false }
        require(isAnswered || requests == 0, "an upstream gets one request at a time")
        var parser = RequestParser(limits: RequestLimits(requestLineBytes: 1 << 20))
        do throws(RequestRejection) {
            guard let head = try parser.parse(Array(unread).span) else { return false }
            guard case .length(let length) = head.framing else {
                require(false, "a request to an upstream has a length: \(text(unread))")
                return false
            }
            let start = read + parser.consumedBytes
            guard socket.received.count - start >= length else { return false }
            check(head)
            path = head.path
            body = socket.received[start..<start + length]
            read = start + length
        } catch {
            require(false, "a request to an upstream is strict HTTP: \(error.reason) \(text(unread))")
        }
        requests += 1
        isAnswered = false
        return true
    }

    private func check(_ head: RequestHead) {
        requireEqual(head.method, .post, "an upstream is asked with POST")
        requireEqual(
            head.fields.string(.authorization), "Bearer \(ExchangeSetup.key(of: place))",
            "a key goes to its own deployment")
    }

    // MARK: answers that fit

    /// A sound answer to the latest request, which says whose request that was (`mark`).
    func answerAsAsked() {
        guard requests > 0, !isAnswered else { return }
        let mark = ScriptedUpstream.mark(in: body)
        let says = #"{"role":"assistant","content":"mark:\#(mark);"}"#
        if path.hasSuffix("/embeddings") {
            send(
                framed("200 OK\nContent-Type: application/json", body: #"{"object":"list","data":[],"model":"x"}"#.utf8)
            )
        } else if path.hasSuffix("/responses") {
            let response =
                #"{"id":"r","object":"response","status":"completed","model":"x","output":[{"type":"message","id":"m","role":"assistant","status":"completed","content":[{"type":"output_text","text":"mark:\#(mark);","annotations":[]}]}]}"#
            if isStream {
                stream([
                    #"{"type":"response.created","sequence_number":0,"response":{"model":"x","status":"in_progress"}}"#,
                    #"{"type":"response.output_text.delta","sequence_number":1,"delta":"mark:\#(mark);"}"#,
                    #"{"type":"response.completed","sequence_number":2,"response":\#(response)}"#,
                ])
            } else {
                send(framed("200 OK\nContent-Type: application/json", body: response.utf8))
            }
        } else if isStream {
            stream([
                #"{"id":"g","object":"chat.completion.chunk","model":"x","choices":[{"index":0,"delta":\#(says),"text":"t","finish_reason":null}]}"#,
                #"{"id":"g","object":"chat.completion.chunk","model":"x","choices":[{"index":0,"delta":{},"text":"","finish_reason":"stop"}]}"#,
                "[DONE]",
            ])
        } else {
            let whole =
                #"{"id":"g","object":"chat.completion","model":"x","choices":[{"index":0,"message":\#(says),"text":"t","finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#
            send(framed("200 OK\nContent-Type: application/json", body: whole.utf8))
        }
    }

    private var isStream: Bool { body.firstPlace(of: #""stream":true"#) != nil }

    private func stream(_ events: [String]) {
        send(wireHead("200 OK\nContent-Type: text/event-stream\nTransfer-Encoding: chunked"))
        for event in events { send(chunk("data: \(event)\n\n".utf8)) }
        send("0\r\n\r\n".utf8)
    }

    /// What a request's `user` says, up to the end of a plain word.
    static func mark(in body: ArraySlice<UInt8>) -> String {
        guard let range = body.firstPlace(of: #""user":""#) else { return "" }
        return word(body[range.upperBound...])
    }

    /// The digits and small letters that `bytes` begin with.
    static func word(_ bytes: ArraySlice<UInt8>) -> String {
        text(bytes.prefix { 0x30...0x39 ~= $0 || 0x61...0x7A ~= $0 })
    }
}

/// A head whose lines end with a line feed, as it goes over the wire; `head` begins with the status.
func wireHead(_ head: some StringProtocol) -> [UInt8] {
    wireHead(Array(head.utf8)[...])
}

func wireHead(_ head: ArraySlice<UInt8>) -> [UInt8] {
    var wire = Array("HTTP/1.1 ".utf8)
    for byte in head {
        if byte == UInt8(ascii: "\n"), wire.last != UInt8(ascii: "\r") { wire.append(UInt8(ascii: "\r")) }
        wire.append(byte)
    }
    return wire + Array("\r\n\r\n".utf8)
}

/// An answer with the length that its body has.
func framed(_ head: String, body: some Collection<UInt8>) -> [UInt8] {
    wireHead("\(head)\nContent-Length: \(body.count)") + Array(body)
}

/// One chunk of a chunked body.
func chunk(_ data: some Collection<UInt8>) -> [UInt8] {
    guard !data.isEmpty else { return [] }
    return Array(String(data.count, radix: 16).utf8) + Array("\r\n".utf8) + Array(data) + Array("\r\n".utf8)
}
