internal import Model

/// Prometheus's text format, version 0.0.4. A value.
package struct PrometheusText: Sendable {
    package static let contentType: StaticString = "text/plain; version=0.0.4; charset=utf-8"

    package enum Kind: String, Sendable {
        case counter
        case gauge
        case histogram
    }

    package private(set) var bytes: [UInt8] = []

    package init() {}

    mutating func header(_ name: String, _ help: String, _ kind: Kind) {
        bytes.append(
            contentsOf: "# HELP \(name) \(escaped(help, quote: false))\n# TYPE \(name) \(kind.rawValue)\n".utf8)
    }

    /// - Parameter labels: `a="b",c="d"`, already escaped; may be empty.
    mutating func sample(_ name: String, _ labels: String, _ value: Double) {
        bytes.append(contentsOf: name.utf8)
        if !labels.isEmpty {
            bytes.append(UInt8(ascii: "{"))
            bytes.append(contentsOf: labels.utf8)
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: PrometheusText.number(value).utf8)
        bytes.append(UInt8(ascii: "\n"))
    }

    mutating func histogram(_ name: String, _ labels: String, _ histogram: Histogram) {
        let comma = labels.isEmpty ? "" : ","
        for (bound, count) in zip(Histogram.bounds, histogram.cumulated) {
            sample("\(name)_bucket", "\(labels)\(comma)le=\"\(bound)\"", Double(count))
        }
        sample("\(name)_bucket", "\(labels)\(comma)le=\"+Inf\"", Double(histogram.count))
        sample("\(name)_sum", labels, histogram.sum)
        sample("\(name)_count", labels, Double(histogram.count))
    }

    /// Whole numbers without a fraction; others so that they read back as the same.
    static func number(_ value: Double) -> String {
        if let whole = Int(exactly: value), whole.magnitude < 1 << 53 { return String(whole) }
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return "\(value)"
    }
}

/// `a="b",c="d"`. A value.
struct LabelText {
    private(set) var text = ""

    mutating func add(_ name: String, _ value: String) {
        if !text.isEmpty { text += "," }
        text += name
        text += "=\""
        text += escaped(value, quote: true)
        text += "\""
    }
}

/// Backslash and line feed, and in label values the quote.
private func escaped(_ text: String, quote: Bool) -> String {
    guard text.utf8.contains(where: { $0 == 0x5C || $0 == 0x0A || (quote && $0 == 0x22) }) else { return text }
    var out = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\\": out += "\\\\"
        case "\n": out += "\\n"
        case "\"" where quote: out += "\\\""
        default: out.unicodeScalars.append(scalar)
        }
    }
    return out
}

/// One metric: its samples by labels, those with the same labels added up. A value.
struct MetricFamily {
    private let name: String
    private let help: String
    private let kind: PrometheusText.Kind
    private var samples: [Name: Double] = [:]

    init(_ name: String, _ help: String, _ kind: PrometheusText.Kind) {
        self.name = name
        self.help = help
        self.kind = kind
    }

    mutating func add(_ labels: LabelText, _ value: Double) {
        samples[Name(labels.text), default: 0].addSaturated(value)
    }

    /// Sorted by labels; nothing when there is no sample.
    func write(to text: inout PrometheusText) {
        guard !samples.isEmpty else { return }
        text.header(name, help, kind)
        for (labels, value) in samples.sorted(by: { $0.key.text < $1.key.text }) {
            text.sample(name, labels.text, value)
        }
    }
}

/// One histogram metric. A value.
struct HistogramFamily {
    private let name: String
    private let help: String
    private var samples: [Name: Histogram] = [:]

    init(_ name: String, _ help: String) {
        self.name = name
        self.help = help
    }

    mutating func add(_ labels: LabelText, _ histogram: Histogram) {
        guard histogram.count > 0 else { return }
        samples[Name(labels.text), default: Histogram()].merge(histogram)
    }

    func write(to text: inout PrometheusText) {
        guard !samples.isEmpty else { return }
        text.header(name, help, .histogram)
        for (labels, histogram) in samples.sorted(by: { $0.key.text < $1.key.text }) {
            text.histogram(name, labels.text, histogram)
        }
    }
}
