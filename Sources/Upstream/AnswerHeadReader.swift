internal import EventLoop
internal import HTTPWire

/// Finds the head of the final answer in what an upstream sends; passes over interim ones. Loop-owned; a class, since its
/// parser and its head are large and it lives for the first part of an exchange only.
final class AnswerHeadReader {
    private var parser = ResponseParser()
    private var interimBytes = 0
    /// Of the final answer, once it is whole.
    private(set) var head: ResponseHead?
    /// A byte of an answer has come: from here on the request cannot be sent again unnoticed.
    private(set) var hasBytes = false

    /// All of the request has been sent, or will be.
    var hasWholeRequest = true

    /// What to throw when the connection ends here.
    var endOfConnection: UpstreamError { hasBytes ? .cut : .closedBeforeAnswer }

    /// The head, which is then no longer here: it is large to copy, and wanted once.
    func takeHead() -> ResponseHead? { head.take() }

    /// Takes heads out of what `connection` has received, up to the final one.
    ///
    /// - Throws: `.malformed`.
    func advance(over connection: UpstreamConnection) throws(UpstreamError) {
        if !connection.inbound.isEmpty { hasBytes = true }
        while head == nil, let next = try parse(connection) {
            connection.inbound.consume(parser.consumedBytes)
            guard next.isInterim else {
                head = next
                return
            }
            if next.status == 101 { throw .malformed("the answer switches protocols, which was not asked for") }
            // The others say nothing we need (RFC 9110 §15.2), but they must not go on for ever.
            interimBytes += parser.consumedBytes
            if interimBytes > ResponseParser.Limits().headBytes { throw .malformed(ResponseFault.headTooLong.message) }
        }
    }

    private func parse(_ connection: UpstreamConnection) throws(UpstreamError) -> ResponseHead? {
        do throws(ResponseFault) {
            return try connection.parseHead(with: &parser)
        } catch {
            throw .malformed(error.message)
        }
    }
}
