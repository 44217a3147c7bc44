internal import JSONText
internal import Model

extension UpstreamFailure {
    /// Members that are read on their own, that say only that it is an error, or that the gateway's errors use otherwise.
    private static let usual: Set<String> = [
        "message", "type", "code", "param", "metadata", "object", "provider", "tried", "request_id",
        // Where the message may have stood.
        "Message", "error", "detail", "errors", "error_description", "msg", "error_msg", "error_message",
        "errorMessage",
        "err_msg",
    ]

    /// Of all members together, in bytes; more than the client gets of them.
    private static let mostOfMembers = 4096
    private static let mostMembers = 32

    /// What an error object says beyond the usual: llama.cpp's `n_ctx`, Google's `status` and `details`, LiteLLM's
    /// `provider_specific_fields`. As they came, in their order; those that make it too long are left out.
    ///
    /// - Returns: the text of a JSON object; `nil` when there are none.
    static func otherMembers(of range: Range<Int>, in bytes: Span<UInt8>) -> [UInt8]? {
        guard let tape = try? JSONTape(copying: bytes.extracting(range)), tape.root.kind == .object else { return nil }
        var text: [UInt8] = []
        for (count, member) in tape.root.members.enumerated() where count < mostMembers {
            guard !member.value.isNull, let key = member.key.string, !usual.contains(key) else { continue }
            let size = member.key.range.count + member.value.range.count + 2
            guard text.count + size <= mostOfMembers else { continue }
            text.append(text.isEmpty ? UInt8(ascii: "{") : UInt8(ascii: ","))
            member.key.appendText(to: &text)
            text.append(UInt8(ascii: ":"))
            member.value.appendText(to: &text)
        }
        guard !text.isEmpty else { return nil }
        text.append(UInt8(ascii: "}"))
        return text
    }
}
