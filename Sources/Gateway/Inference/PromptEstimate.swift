internal import EventLoop

/// About how many tokens a request's prompt has, from its bytes: for `enable_pre_call_checks`, which asks whether it can fit
/// at all. A quarter of the bytes, as long as they are text; on the low side otherwise, since who is turned away wrongly has
/// nobody else to ask. A value that takes the body in parts.
struct PromptEstimate {
    private static let base64 = Array("base64,".utf8)
    private static let data = Array("data\":".utf8)

    private var text = 0
    private var place = 0
    /// Within a string that is no text.
    private var isSkipping = false

    /// How many tokens have been counted.
    var tokens: Int { text / 4 }

    mutating func advance(over body: borrowing ByteBuffer, by most: Int) -> Bool {
        advance(over: body.bytes, by: most)
    }

    /// Counts `most` bytes of `bytes` from where the last call ended. `true` at their end.
    mutating func advance(over bytes: Span<UInt8>, by most: Int) -> Bool {
        let end = min(bytes.count, place + most)
        while place < end {
            let byte = bytes[place]
            place += 1
            if isSkipping {
                isSkipping = byte != UInt8(ascii: "\"")
                continue
            }
            switch byte {
            // Indentation is few tokens, however wide it is.
            case UInt8(ascii: " ") where place < bytes.count && bytes[place] == byte: continue
            // Written out by clients that send ASCII only: three bytes of UTF-8, as a rule.
            case UInt8(ascii: "\\") where place < bytes.count && bytes[place] == UInt8(ascii: "u"):
                place = min(bytes.count, place + 5)
                text += 3
            // An image or a file is no text; what it costs depends on its size in pixels or pages.
            case UInt8(ascii: ";") where PromptEstimate.has(PromptEstimate.base64, bytes, at: place): isSkipping = true
            case UInt8(ascii: "\"") where PromptEstimate.has(PromptEstimate.data, bytes, at: place):
                place += PromptEstimate.data.count
                while place < bytes.count, bytes[place] == UInt8(ascii: " ") { place += 1 }
                if place < bytes.count, bytes[place] == UInt8(ascii: "\"") {
                    place += 1
                    isSkipping = true
                }
            default: text += 1
            }
        }
        return place >= bytes.count
    }

    private static func has(_ text: [UInt8], _ bytes: Span<UInt8>, at place: Int) -> Bool {
        guard bytes.count - place >= text.count else { return false }
        for (offset, byte) in text.enumerated() where bytes[place + offset] != byte { return false }
        return true
    }
}
