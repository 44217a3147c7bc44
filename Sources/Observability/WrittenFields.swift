internal import EventLoop
internal import JSONText

/// Fields of a JSON log line that do not change, written once for all lines that have them. A value.
struct WrittenFields: Sendable {
    /// Each field with the comma before it.
    let bytes: [UInt8]
    /// They look as if they might hold a credential.
    let isSuspect: Bool

    /// - Parameters:
    ///   - fields: texts from anywhere; one without a value is left out.
    ///   - longest: of a value, in bytes; a longer one is cut.
    ///   - redactor: of the log that the lines are written to.
    init(
        _ fields: [(name: StaticString, value: String?)], upTo longest: Int = LogLine.longestValueBytes,
        redactor: Redactor
    ) {
        var text = ByteBuffer()
        for (name, value) in fields {
            guard let value else { continue }
            text.append(",\"")
            text.append(name)
            text.append("\":")
            text.append(jsonString: LogLine.bounded(value, to: longest))
        }
        let bytes = unsafe text.bytes.withUnsafeBufferPointer { unsafe Array($0) }
        isSuspect = redactor.suspects(bytes.span)
        self.bytes = bytes
    }
}
