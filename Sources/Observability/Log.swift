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

        package var name: String {
            switch self {
            case .debug: "debug"
            case .info: "info"
            case .warning: "warning"
            case .error: "error"
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
    private let redactor: Redactor
    package let level: Level

    package init(to sink: LogSink, level: Level, format: Format, redactor: Redactor) {
        self.sink = sink
        self.level = level
        self.format = format
        self.redactor = redactor
    }

    package func isOn(_ level: Level) -> Bool { level >= self.level }

    /// - Parameter message: constant text; what varies goes into `fields`.
    package func write(_ level: Level, _ message: StaticString, _ fields: KeyValuePairs<StaticString, String> = [:]) {
        guard isOn(level) else { return }
        var line = LogLine(format: format, level: level, message: message)
        for (name, value) in fields { line.add(name, text: value) }
        append(&line)
    }

    /// The one line of a request.
    package func write(_ record: RequestRecord, at now: LoopTime) {
        let level: Level = record.status >= 500 ? .error : record.status >= 400 ? .warning : .info
        guard isOn(level) else { return }
        // For a person the line says by itself that it is a request's.
        var line = LogLine(format: format, level: level, message: format == .json ? "request" : nil)
        switch format {
        case .json: line.add(record, at: now)
        case .text: line.addReadable(record, at: now)
        }
        append(&line)
    }

    private func append(_ line: inout LogLine) {
        let bytes = line.finish()
        sink.append(format == .json ? redactor.redact(json: bytes) : redactor.redact(bytes))
    }

    package func close() { sink.close() }
}

/// Builds one line. A value.
struct LogLine {
    private var bytes: [UInt8] = []
    private let format: Log.Format

    init(format: Log.Format, level: Log.Level, message: StaticString?) {
        self.format = format
        bytes.reserveCapacity(512)
        let time = wallClockSeconds()
        switch format {
        case .json:
            bytes.append(contentsOf: #"{"time":""#.utf8)
            bytes.append(contentsOf: timestamp(time).utf8)
            bytes.append(UInt8(ascii: "\""))
            bytes.append(contentsOf: #","level":""#.utf8)
            bytes.append(contentsOf: level.name.utf8)
            bytes.append(contentsOf: #"","message":""#.utf8)
            if let message { append(message) }
            bytes.append(UInt8(ascii: "\""))
        case .text:
            let seconds = Int64(time) % 86_400
            func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
            bytes.append(contentsOf: "\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60)) ".utf8)
            if level != .info { bytes.append(contentsOf: "\(level.name): ".utf8) }
            if let message { append(message) }
        }
    }

    mutating func add(_ name: StaticString, text value: String) {
        startField(name)
        let value = LogLine.bounded(value)
        switch format {
        case .json: appendJSONString(value, to: &bytes)
        case .text: append(readable: value)
        }
    }

    mutating func add(_ name: StaticString, _ value: Int?) {
        guard let value else { return }
        startField(name)
        bytes.append(contentsOf: String(value).utf8)
    }

    mutating func add(_ name: StaticString, _ value: Double?) {
        guard let value, value.isFinite else { return }
        startField(name)
        bytes.append(contentsOf: "\(value)".utf8)
    }

    mutating func add(_ name: StaticString, _ value: Bool) {
        startField(name)
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    mutating func finish() -> [UInt8] {
        if format == .json { bytes.append(UInt8(ascii: "}")) }
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    private mutating func startField(_ name: StaticString) {
        switch format {
        case .json:
            bytes.append(UInt8(ascii: ","))
            bytes.append(UInt8(ascii: "\""))
            append(name)
            bytes.append(UInt8(ascii: "\""))
            bytes.append(UInt8(ascii: ":"))
        case .text:
            bytes.append(UInt8(ascii: " "))
            append(name)
            bytes.append(UInt8(ascii: "="))
        }
    }

    mutating func append(_ text: StaticString) {
        unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// For a terminal: what would end the line, or command the terminal, becomes visible instead.
    mutating func append(readable text: String) {
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069:
                bytes.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".utf8)
            default: bytes.append(contentsOf: String(scalar).utf8)
            }
        }
    }

    /// A client may send a name of megabytes; a line of the log is no place for it.
    private static let longestValueBytes = 16 << 10

    private static func bounded(_ text: String) -> String {
        guard text.utf8.count > longestValueBytes else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: longestValueBytes)
        while String.Index(end, within: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
        return "\(text[..<end])…"
    }
}

extension LogLine {
    mutating func add(_ record: RequestRecord, at now: LoopTime) {
        func since(_ time: LoopTime?) -> Double? { time.map { tenths(($0 - record.startedAt).milliseconds) } }
        add("request_id", text: record.requestID)
        add("method", text: record.method)
        add("path", text: record.path)
        add("status", record.status)
        if let model = record.model { add("model", text: model) }
        if let group = record.group { add("group", text: group) }
        if let deployment = record.deployment { add("deployment", text: deployment) }
        if let provider = record.provider { add("provider", text: provider) }
        if let upstreamModel = record.upstreamModel { add("upstream_model", text: upstreamModel) }
        if record.attempts > 0 { add("attempts", record.attempts) }
        if record.isStream { add("stream", true) }
        add("duration_ms", since(now))
        add("upstream_first_byte_ms", since(record.upstreamFirstByteAt))
        add("first_token_ms", since(record.firstTokenAt))
        add("overhead_ms", record.overhead(at: now).map { tenths($0.milliseconds) })
        add("prompt_tokens", record.usage.promptTokens)
        add("completion_tokens", record.usage.completionTokens)
        add("total_tokens", record.usage.totalTokens)
        add("cached_tokens", record.usage.cachedTokens)
        add("reasoning_tokens", record.usage.reasoningTokens)
        add("cost_usd", record.cost)
        add("request_bytes", record.requestBytes)
        add("answer_bytes", record.answerBytes)
        if record.clientLeft { add("client_left", true) }
        if let code = record.errorCode { add("error", text: code) }
        if let detail = record.errorDetail { add("detail", text: detail) }
    }

    mutating func addReadable(_ record: RequestRecord, at now: LoopTime) {
        var text = "\(record.status) \(record.method) \(record.path)"
        if let model = record.model {
            text += "  \(LogLine.bounded(model))"
            if let provider = record.provider, let upstream = record.upstreamModel {
                text += " -> \(provider):\(upstream)"
            }
        }
        text += "  \(tenths((now - record.startedAt).milliseconds)) ms"
        if let first = record.firstTokenAt {
            text += " (first token \(tenths((first - record.startedAt).milliseconds)) ms)"
        }
        if let prompt = record.usage.promptTokens {
            text += "  \(prompt)+\(record.usage.completionTokens ?? 0) tokens"
        }
        if let cost = record.cost, cost > 0 { text += "  $\(cost)" }
        if record.clientLeft { text += "  client left" }
        if let code = record.errorCode { text += "  \(LogLine.bounded(code))" }
        if let detail = record.errorDetail { text += "  (\(LogLine.bounded(detail)))" }
        append(readable: text)
        append(readable: "  \(record.requestID)")
    }

    private func tenths(_ milliseconds: Double) -> Double {
        (milliseconds * 10).rounded() / 10
    }
}

/// RFC 3339 in UTC with milliseconds: `2026-11-20T12:09:57.133Z`.
package func timestamp(_ epochSeconds: Double) -> String {
    let milliseconds = Int64((epochSeconds * 1000).rounded(.down))
    let (days, ofDay) = (milliseconds / 86_400_000, milliseconds % 86_400_000)
    // Days since 0000-03-01, by eras of 400 years: the leap day is then the last of its year.
    let shifted = days + 719_468
    let era = shifted / 146_097
    let ofEra = shifted % 146_097
    let year = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
    let ofYear = ofEra - (365 * year + year / 4 - year / 100)
    let month = (5 * ofYear + 2) / 153
    let day = ofYear - (153 * month + 2) / 5 + 1
    func digits(_ number: Int64, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }
    let date =
        "\(era * 400 + year + (month >= 10 ? 1 : 0))-\(digits(month < 10 ? month + 3 : month - 9, 2))-\(digits(day, 2))"
    let second = ofDay / 1000
    return
        "\(date)T\(digits(second / 3600, 2)):\(digits(second / 60 % 60, 2)):\(digits(second % 60, 2)).\(digits(ofDay % 1000, 3))Z"
}
