extension FieldName {
    /// The known name that stands in `bytes` at `range`, whose octets all are visible ASCII; any case matches.
    ///
    /// The length leaves a few names, each compared by two or four words: about 20 instructions.
    /// - Precondition: `range` lies within `bytes`.
    init(_ bytes: Span<UInt8>, visibleIn range: Range<Int>) {
        guard 4...32 ~= range.count else {
            self = .other
            return
        }
        let name = unsafe NameWords(bytes.bytes, range)
        self =
            switch range.count {
            case 4: name.one(of: .host, .date)
            case 6: name.one(of: .accept, .expect, .server, .origin)
            case 7: name.one(of: .apiKey, .xTitle)
            case 9: name.one(of: .xAPIKey)
            case 10: name.one(of: .userAgent, .connection, .requestID)
            case 11: name.one(of: .retryAfter)
            case 12: name.one(of: .contentType, .xRequestID, .httpReferer)
            case 13: name.one(of: .authorization, .cacheControl)
            case 14:
                name.one(
                    of: .contentLength, .openAIVersion, .retryAfterMs, .xLiteLLMTags, .xGoogAPIKey, .secFetchSite)
            case 15: name.one(of: .acceptEncoding, .xGenerationID)
            case 16: name.one(of: .contentEncoding)
            case 17:
                name.one(of: .transferEncoding, .xLiteLLMAPIKey, .xLiteLLMTimeout, .xRateLimitLimit, .xRateLimitReset)
            case 20: name.one(of: .openAIProcessingMs)
            case 21: name.one(of: .xLiteLLMNumRetries, .xRateLimitRemaining)
            case 23: name.one(of: .xLiteLLMResponseCost)
            case 24: name.one(of: .xLiteLLMStreamTimeout, .xRateLimitLimitTokens, .xRateLimitResetTokens)
            case 25: name.one(of: .ocpAPIMSubscriptionKey, .xOpenRouterCacheStatus)
            case 26: name.one(of: .xRateLimitLimitRequests, .xRateLimitResetRequests)
            case 28: name.one(of: .xRateLimitRemainingTokens)
            case 30: name.one(of: .accessControlRequestHeaders, .xRateLimitRemainingRequests)
            default: .other
            }
    }

    /// The known name that is written like `text`.
    init(_ text: StaticString) {
        guard text.hasPointerRepresentation else {
            self = .other
            return
        }
        let bytes = unsafe UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        self.init(unsafe Span(_unsafeElements: bytes), visibleIn: 0..<bytes.count)
    }
}

/// A name of 4 to 32 octets as words: four octets from each end, or eight, or sixteen. They overlap in the middle, so any
/// length is whole words and nothing beside the name is read.
private struct NameWords {
    private var (first, second, third, fourth): (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    private let count: Int

    /// In lower case, if all octets are visible: setting 0x20 maps nothing else onto letters, digits and the hyphen.
    /// - Precondition: `range` lies within `bytes` and holds 4 to 32 octets.
    @inline(__always)
    init(_ bytes: RawSpan, _ range: Range<Int>) {
        count = range.count
        // Inside the name, which is inside the bytes: each word ends where the name does or earlier.
        let (start, end) = (range.lowerBound, range.upperBound)
        let blanks: UInt64 = 0x2020_2020_2020_2020
        if count <= 8 {
            let low = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: start, as: UInt32.self)
            let high = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: end &- 4, as: UInt32.self)
            first = (UInt64(high) << 32 | UInt64(low)) | blanks
            return
        }
        first = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: start, as: UInt64.self) | blanks
        second = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: end &- 8, as: UInt64.self) | blanks
        guard count > 16 else { return }
        third = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: start &+ 8, as: UInt64.self) | blanks
        fourth = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: end &- 16, as: UInt64.self) | blanks
    }

    /// The one of the names, all as long as this, that this is.
    @inline(__always)
    func one(
        of a: FieldName, _ b: FieldName = .other, _ c: FieldName = .other, _ d: FieldName = .other,
        _ e: FieldName = .other, _ f: FieldName = .other
    ) -> FieldName {
        if equals(a) { return a }
        if equals(b) { return b }
        if equals(c) { return c }
        if equals(d) { return d }
        if equals(e) { return e }
        return equals(f) ? f : .other
    }

    @inline(__always)
    private func equals(_ name: FieldName) -> Bool {
        let text = name.text
        let length = text.utf8CodeUnitCount
        guard length >= 4 else { return false }
        let bytes = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(text.utf8Start), byteCount: length)
        let other = NameWords(bytes, 0..<length)
        if length <= 8 { return first == other.first }
        if length <= 16 { return first == other.first && second == other.second }
        return first == other.first && second == other.second && third == other.third && fourth == other.fourth
    }
}
