package import EventLoop
internal import JSONText
internal import Model

/// The structured log. Constant messages, everything else in fields; every line passes the redactor. Shared.
package final class Log: Sendable {
    package enum Level: Int, Sendable, Comparable, CaseIterable {
        case debug, info, warning, error

        package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }

        package init?(named name: String) {
            switch name.lowercased() {
            case "debug": self = .debug
            case "info": self = .info
            case "warning", "warn": self = .warning
            case "error": self = .error
            default: return nil
            }
        }

        package var name: String { "\(word)" }

        var word: StaticString {
            switch self {
            case .debug: "debug"
            case .info: "info"
            case .warning: "warning"
            case .error: "error"
            }
        }

        /// As a member of a JSON line, from the end of the one before it to the beginning of the message.
        var member: StaticString {
            switch self {
            case .debug: #"","level":"debug","message":""#
            case .info: #"","level":"info","message":""#
            case .warning: #"","level":"warning","message":""#
            case .error: #"","level":"error","message":""#
            }
        }
    }

    package enum Format: Sendable {
        /// One JSON object a line.
        case json
        /// For a person at a terminal.
        case text
    }

    private let sink: LogSink
    private let format: Format
    package let redactor: Redactor
    package let level: Level

    package init(to sink: LogSink, level: Level, format: Format, redactor: Redactor) {
        self.sink = sink
        self.level = level
        self.format = format
        self.redactor = redactor
    }

    package func isOn(_ level: Level) -> Bool { level >= self.level }

    /// A field's value. A name has the same case on every line: docs/LOG.md lists them, and a test compares.
    package enum Value: Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
        /// `nil` leaves the field out.
        case text(String?)
        case number(Int)
        case flag(Bool)

        package init(stringLiteral text: String) { self = .text(text) }
    }

    /// - Parameters:
    ///   - message: constant text; what varies goes into `fields`.
    ///   - own: the redactor of the request that the line is about, when it has one.
    package func write(
        _ level: Level, _ message: StaticString, redactedBy own: Redactor? = nil,
        _ fields: KeyValuePairs<StaticString, Value> = [:]
    ) {
        guard isOn(level) else { return }
        var line = LogLine(format: format, level: level, message: message, redactor: own ?? redactor)
        for (name, value) in fields {
            switch value {
            case .text(let text): if let text { line.add(name, text: text) }
            case .number(let number): line.add(name, number)
            case .flag(let flag): line.add(name, flag)
            }
        }
        append(&line)
    }

    /// The one line of a request.
    package func write(_ record: RequestRecord, at now: LoopTime) {
        let level: Level = record.status >= 500 ? .error : record.status >= 400 ? .warning : .info
        guard isOn(level) else { return }
        // For a person the line says by itself that it is a request's.
        var line = LogLine(
            format: format, level: level, message: format == .json ? "request" : nil,
            redactor: record.redactor ?? redactor)
        switch format {
        case .json: line.add(record, at: now)
        case .text: line.addReadable(record, at: now)
        }
        append(&line)
    }

    private func append(_ line: inout LogLine) {
        line.finish()
        guard line.isSuspect else { return sink.append(line.bytes.bytes) }
        let bytes = unsafe line.bytes.bytes.withUnsafeBufferPointer { unsafe Array($0) }
        sink.append((format == .json ? line.redactor.redact(json: bytes) : line.redactor.redact(bytes)).span)
    }

    package func close() { sink.close() }
}

extension LogLine {
    mutating func add(_ record: RequestRecord, at now: LoopTime) {
        func since(_ time: LoopTime?) -> Int64? { time.map { $0.nanoseconds &- record.startedAt.nanoseconds } }
        add(key: ",\"request_id\":", own: record.requestID)
        add(key: ",\"method\":", own: record.method)
        add(key: ",\"path\":", text: record.path)
        add(key: ",\"status\":", record.status)
        add(key: ",\"model\":", text: record.model)
        if let upstream = record.upstream {
            add(upstream.logFields)
        } else {
            add(key: ",\"group\":", text: record.routedGroup)
        }
        if let answerer = record.answeredBy { add(answerer.logFields) }
        if record.attempts > 0 { add(key: ",\"attempts\":", record.attempts) }
        if record.isStream { add("stream", true) }
        add(key: ",\"duration_ms\":", nanoseconds: since(now))
        add(key: ",\"upstream_first_byte_ms\":", nanoseconds: since(record.upstreamFirstByteAt))
        add(key: ",\"first_token_ms\":", nanoseconds: since(record.firstTokenAt))
        add(key: ",\"overhead_ms\":", nanoseconds: record.overheadNanoseconds(at: now))
        add(key: ",\"prompt_tokens\":", record.usage.promptTokens)
        add(key: ",\"completion_tokens\":", record.usage.completionTokens)
        add(key: ",\"total_tokens\":", record.usage.totalTokens)
        add(key: ",\"cached_tokens\":", record.usage.cachedTokens)
        add(key: ",\"reasoning_tokens\":", record.usage.reasoningTokens)
        if let cost = record.costText { add(key: ",\"cost_usd\":", number: cost) }
        add(key: ",\"request_bytes\":", record.requestBytes)
        add(key: ",\"answer_bytes\":", record.answerBytes)
        if record.clientLeft { add("client_left", true) }
        add(key: ",\"error\":", text: record.errorCode)
        add(key: ",\"detail\":", text: record.errorDetail)
    }

    /// Two blanks between columns, one within them; what a client or an upstream says is one word or stands in quotes.
    mutating func addReadable(_ record: RequestRecord, at now: LoopTime) {
        append(own: "\(record.status) \(record.method) ")
        append(readable: record.path)
        if let model = record.model {
            append(own: "  ")
            append(readable: model)
            if let upstream = record.upstream {
                append(own: " -> ")
                append(readable: "\(upstream.provider):\(upstream.upstreamModel)")
                if let answerer = record.answeredBy, answerer.isNews(behind: upstream) {
                    append(own: " -> ")
                    append(readable: answerer.fieldValue)
                }
            }
        }
        append(own: "  \(tenths(now, since: record.startedAt)) ms")
        if let first = record.firstTokenAt {
            append(own: " (first token \(tenths(first, since: record.startedAt)) ms)")
        }
        if let prompt = record.usage.promptTokens {
            append(own: "  \(prompt)+\(record.usage.completionTokens ?? 0) tokens")
        }
        if let cost = record.cost, cost > 0 { append(own: "  $\(cost)") }
        if record.clientLeft { append(own: "  client left") }
        if let code = record.errorCode {
            append(own: "  ")
            append(readable: code)
        }
        if let detail = record.errorDetail {
            append(own: "  (")
            append(readable: detail)
            append(own: ")")
        }
        append(own: "  \(record.requestID)")
    }

    private func tenths(_ time: LoopTime, since start: LoopTime) -> Double {
        ((time - start).milliseconds * 10).rounded() / 10
    }
}
