internal import HTTPWire
internal import JSONText
internal import Model

/// What one chunk of a chat stream says, read from the finds of one walk. Of several members of one name the last one
/// counts.
struct ChatChunk: ~Copyable {
    enum Path: Int {
        case model, error, provider, choices, choice, delta, role, content, text, finishReason, nativeFinishReason
        case choiceError, index, usage
    }

    static let paths = JSONPaths(
        [
            "model", "error", "provider", "choices", "choices[]", "choices[].delta", "choices[].delta.role",
            "choices[].delta.*",
            "choices[].text", "choices[].finish_reason", "choices[].native_finish_reason", "choices[].error",
            "choices[].index",
        ] + Usage.paths("usage"))

    /// Why a chunk ends its stream in failure.
    enum Fault {
        /// The chunk's own error.
        case error
        /// The error of a choice: an object, or whatever stands in its place.
        case errorOfChoice(Range<Int>)
        /// By the finish reason that stands there, if it does.
        case brokenOff(Range<Int>?)
    }

    /// The first place where the chunk names its model.
    private(set) var model: Range<Int>?
    private(set) var hasOtherModels = false
    /// Who served it, as OpenRouter says.
    private(set) var provider: Range<Int>?
    private(set) var fault: Fault?
    private(set) var choices = Choices()
    private(set) var usage = UsageFinds()
    /// There is a `usage`; it may be `null`.
    private(set) var hasUsage = false
    /// The one string of the chunk that may be content; `nil` when there is another value that may be, or none.
    private(set) var onlyPiece: Range<Int>?
    private var pieces = 0

    /// - Parameter earlier: choices that have finished before.
    init(_ scan: borrowing PathScan, in data: Span<UInt8>, after earlier: ChoiceNumbers) {
        var error: PathScan.Find?
        // Of the array that is being read.
        var open = Choices()
        var choice = Choice()
        for place in 0..<scan.count {
            let find = scan[place]
            switch Path(rawValue: find.path) {
            case .model:
                if model == nil { model = find.range } else { hasOtherModels = true }
            case .error: error = find
            case .provider: if find.kind == .string, !find.isBlank { provider = find.range }
            case .choices:
                choices = find.kind == .array ? open : Choices()
                open = Choices()
            case .choice:
                if find.kind == .object { open.add(choice, in: data, after: earlier) }
                choice = Choice()
            case .delta: choice.endDelta()
            // What only says who speaks is no content.
            case .role: break
            case .content:
                choice.noteContent(find)
                note(find)
            case .text:
                choice.hasText = !find.isBlank
                note(find)
            case .finishReason: choice.finishReason = find
            case .nativeFinishReason: choice.nativeFinishReason = find
            case .choiceError: choice.error = find
            case .index: choice.index = find
            case .usage, nil:
                hasUsage = true
                usage.note(find, find.path - Path.usage.rawValue, in: data)
            }
        }
        fault = choices.fault
        if let error, error.saysError(in: data) { fault = .error }
    }

    private mutating func note(_ find: PathScan.Find) {
        guard !find.isBlank else { return }
        pieces += 1
        onlyPiece = pieces == 1 && find.kind == .string ? find.range : nil
    }

    /// What the choices of one chunk say.
    struct Choices {
        fileprivate(set) var isEmpty = true
        fileprivate(set) var hasContent = false
        /// One of them has not finished, now or before.
        fileprivate(set) var hasOpen = false
        fileprivate(set) var finished = ChoiceNumbers()
        /// Those with content in this chunk.
        fileprivate(set) var begun = ChoiceNumbers()
        fileprivate var fault: Fault?

        fileprivate mutating func add(_ choice: Choice, in data: Span<UInt8>, after earlier: ChoiceNumbers) {
            isEmpty = false
            if choice.hasDelta || choice.hasText {
                hasContent = true
                begun.insert(choice.number(in: data))
            }
            if fault == nil { fault = choice.fault(in: data) }
            if choice.finishReason?.finish(in: data) ?? .none != .none {
                finished.insert(choice.number(in: data))
            } else if earlier.isEmpty || !earlier.contains(choice.number(in: data)) {
                hasOpen = true
            }
        }
    }

    /// The choice that is being read.
    fileprivate struct Choice {
        /// Its last delta holds more than a role and empty values.
        private(set) var hasDelta = false
        private var hasOpenDelta = false
        var hasText = false
        var finishReason, nativeFinishReason, error, index: PathScan.Find?

        mutating func noteContent(_ find: PathScan.Find) {
            if !find.isBlank { hasOpenDelta = true }
        }

        mutating func endDelta() {
            (hasDelta, hasOpenDelta) = (hasOpenDelta, false)
        }

        func number(in data: Span<UInt8>) -> Int {
            index.flatMap { jsonInt($0.range, in: data) } ?? 0
        }

        func fault(in data: Span<UInt8>) -> Fault? {
            if let error, error.saysError(in: data) { return .errorOfChoice(error.range) }
            if let finishReason, finishReason.finish(in: data) == .brokenOff { return .brokenOff(finishReason.range) }
            return nativeFinishReason?.finish(in: data) == .brokenOff ? .brokenOff(nil) : nil
        }
    }
}

/// Numbers of choices, such as those that have finished: a bit each for all that occur, a set for what else a server may
/// make up.
struct ChoiceNumbers {
    private var low: UInt64 = 0
    private var others: Set<Int> = []
    /// Further ones count as contained: a stream may go on for hours, and this has to end.
    private static let mostOthers = 4096

    var isEmpty: Bool { low == 0 && others.isEmpty }

    func contains(_ number: Int) -> Bool {
        0..<64 ~= number ? low >> UInt64(number) & 1 == 1 : others.contains(number) || isFull
    }

    mutating func insert(_ number: Int) {
        if 0..<64 ~= number { low |= 1 << UInt64(number) } else if !isFull { others.insert(number) }
    }

    private var isFull: Bool { others.count >= ChoiceNumbers.mostOthers }

    func isSubset(of other: ChoiceNumbers) -> Bool {
        low & ~other.low == 0 && (others.isEmpty || other.isFull || others.isSubset(of: other.others))
    }

    mutating func formUnion(_ other: ChoiceNumbers) {
        low |= other.low
        if !other.others.isEmpty, !isFull { others.formUnion(other.others) }
    }
}
