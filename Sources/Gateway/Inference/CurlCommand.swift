internal import ConfigFile
internal import EventLoop
internal import JSONText
internal import Model

/// A request as a person would repeat it with curl. Known secrets are taken out by the log's redactor, as everywhere; what may
/// be one under any name does not even get there: a field's value that is not listed here, a member that the configuration
/// adds to the body, and whatever a name calls a secret.
struct CurlCommand {
    /// Longer bodies are cut, since a log line is no archive.
    private static let bodyBytes = 4000
    /// A longer one is not read for what it must not show, and so not shown.
    private static let readBytes = 1 << 20
    /// Fields whose values are no secrets, lower-case.
    private static let shownFields: Set<String> = [
        "content-type", "content-encoding", "accept", "user-agent", "http-referer", "x-title", "openai-beta",
        "anthropic-beta", "anthropic-version", "expect", "x-request-id",
    ]
    private static let hidden = "[redacted]"

    let text: String

    /// - Parameter added: members that the configuration puts into the body; their texts, lists and objects are not shown.
    init(_ wire: borrowing ByteBuffer, base: BaseURL, added: [Deployment.BodyMember] = []) {
        var bytes: [UInt8] = []
        for index in wire.bytes.indices { bytes.append(wire.bytes[index]) }
        let headEnd = CurlCommand.endOfHead(bytes)
        let lines = String(decoding: bytes[..<headEnd], as: UTF8.self).split(separator: "\r\n")
        let requestTarget = lines.first?.split(separator: " ").dropFirst().first ?? "/"
        let url = "\(base.scheme.rawValue)://\(base.authority)\(requestTarget)"
        var command = "curl \(ShellText.quoted(url))"
        for line in lines.dropFirst() {
            let name = line.prefix { $0 != ":" }.lowercased()
            if name == "host" || name == "content-length" || name == "accept-encoding" { continue }
            let isShown = CurlCommand.shownFields.contains(name)
            let scheme = name == "authorization" && line.contains(": Bearer ") ? "Bearer " : ""
            let field = isShown ? String(line) : "\(line.prefix { $0 != ":" }): \(scheme)\(CurlCommand.hidden)"
            command += " -H \(ShellText.quoted(field))"
        }
        let whole = bytes.count - headEnd
        guard whole <= CurlCommand.readBytes || added.isEmpty else {
            text = command + " # body of \(whole) bytes not shown"
            return
        }
        let body =
            whole <= CurlCommand.readBytes ? CurlCommand.shown(Array(bytes[headEnd...]), added) : bytes[headEnd...]
        command += " -d \(ShellText.quoted(String(decoding: body.prefix(CurlCommand.bodyBytes), as: UTF8.self)))"
        if body.count > CurlCommand.bodyBytes { command += " # body cut at \(CurlCommand.bodyBytes) bytes" }
        text = command
    }

    /// The body without what may be a secret. One that is no JSON object holds no member, and nothing is added to it.
    private static func shown(_ body: [UInt8], _ added: [Deployment.BodyMember]) -> ArraySlice<UInt8> {
        guard let members = (try? JSONValue.parse(body.span))?.objectValue else { return body[...] }
        let isAdded = Set(added.map { Name($0.key) })
        var hides = false
        let value = JSONValue.object(
            members.map { member in
                guard isAdded.contains(Name(member.key)) else {
                    return .init(member.key, cleaned(member.key, member.value, &hides))
                }
                switch member.value {
                case .null, .bool, .number: return .init(member.key, cleaned(member.key, member.value, &hides))
                default:
                    hides = true
                    return .init(member.key, .string(hidden))
                }
            })
        // Its own spelling says more, when there is nothing to hide.
        return hides ? value.serialized()[...] : body[...]
    }

    private static func cleaned(_ name: String, _ value: JSONValue, _ hides: inout Bool) -> JSONValue {
        switch value {
        case .string, .number:
            guard namesSecret(name) else { return value }
            hides = true
            return .string(hidden)
        case .object(let members): return .object(members.map { .init($0.key, cleaned($0.key, $0.value, &hides)) })
        case .array(let items): return .array(items.map { cleaned(name, $0, &hides) })
        case .null, .bool: return value
        }
    }

    private static func endOfHead(_ bytes: [UInt8]) -> Int {
        let mark = Array("\r\n\r\n".utf8)
        for start in bytes.indices where bytes[start...].starts(with: mark) { return start + 4 }
        return bytes.count
    }
}
