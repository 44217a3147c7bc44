internal import Glibc

/// Who answered, as the upstream names it in its answer: behind routers, chains and fallbacks of its own that is news. A
/// value.
struct Answerer: Equatable {
    /// JSON text of a string; empty while it is not known.
    private(set) var model: [UInt8] = []
    /// The same of OpenRouter's `provider`.
    private(set) var provider: [UInt8] = []

    /// Takes what stands there; what is known already stays.
    mutating func note(model: Range<Int>?, provider: Range<Int>?, in data: Span<UInt8>) {
        if self.model.isEmpty, let model { self.model = Answerer.text(model, data) }
        if self.provider.isEmpty, let provider { self.provider = Answerer.text(provider, data) }
    }

    /// Whether exactly these names stand there.
    func isNamed(model: Range<Int>?, provider: Range<Int>?, in data: Span<UInt8>) -> Bool {
        Answerer.areEqual(self.model, model, data) && Answerer.areEqual(self.provider, provider, data)
    }

    private static func areEqual(_ name: [UInt8], _ range: Range<Int>?, _ data: Span<UInt8>) -> Bool {
        guard let range else { return name.isEmpty }
        guard range.count == name.count, range.upperBound <= data.count else { return false }
        return unsafe data.extracting(range).withUnsafeBytes { theirs in
            unsafe name.span.withUnsafeBytes { ours in
                guard let one = theirs.baseAddress, let other = ours.baseAddress else { return false }
                return unsafe memcmp(one, other, theirs.count) == 0
            }
        }
    }

    /// Empty for an empty string (Azure's first chunk), one that is too long to be a name, or another value.
    private static func text(_ range: Range<Int>, _ data: Span<UInt8>) -> [UInt8] {
        guard 3...longest ~= range.count, data[range.lowerBound] == UInt8(ascii: "\"") else { return [] }
        return data.array(range)
    }

    private static let longest = 1024
}
