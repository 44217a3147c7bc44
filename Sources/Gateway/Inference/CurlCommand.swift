internal import EventLoop
internal import Model

/// A request as a person would repeat it with curl. Secrets are taken out by the log's redactor, as everywhere.
struct CurlCommand {
    /// Longer bodies are cut, since a log line is no archive.
    private static let bodyBytes = 4000

    let text: String

    init(_ wire: borrowing ByteBuffer, base: BaseURL) {
        var bytes: [UInt8] = []
        for index in wire.bytes.indices { bytes.append(wire.bytes[index]) }
        let headEnd = CurlCommand.endOfHead(bytes)
        let lines = String(decoding: bytes[..<headEnd], as: UTF8.self).split(separator: "\r\n")
        let requestTarget = lines.first?.split(separator: " ").dropFirst().first ?? "/"
        let url = "\(base.scheme.rawValue)://\(base.authority)\(requestTarget)"
        var command = "curl \(CurlCommand.quoted(url))"
        for line in lines.dropFirst() {
            let name = line.prefix { $0 != ":" }.lowercased()
            if name == "host" || name == "content-length" || name == "accept-encoding" { continue }
            command += " -H \(CurlCommand.quoted(String(line)))"
        }
        let body = bytes[headEnd...].prefix(CurlCommand.bodyBytes)
        command += " -d \(CurlCommand.quoted(String(decoding: body, as: UTF8.self)))"
        if bytes.count - headEnd > CurlCommand.bodyBytes { command += " # body cut at \(CurlCommand.bodyBytes) bytes" }
        text = command
    }

    private static func endOfHead(_ bytes: [UInt8]) -> Int {
        let mark = Array("\r\n\r\n".utf8)
        for start in bytes.indices where bytes[start...].starts(with: mark) { return start + 4 }
        return bytes.count
    }

    private static let quote = UInt8(ascii: "'")

    /// In single quotes, as a shell takes it. Bytes: a quote with an accent behind it ends the string like any other.
    private static func quoted(_ text: String) -> String {
        var out = [quote]
        for byte in text.utf8 { out += byte == quote ? Array(#"'\''"#.utf8) : [byte] }
        return String(decoding: out + [quote], as: UTF8.self)
    }
}
