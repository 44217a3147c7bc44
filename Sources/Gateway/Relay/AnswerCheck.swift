internal import EventLoop
internal import JSONText
internal import Model

/// Whether an upstream's 200 is really the answer it claims to be, and what to change in it before it goes on. Pure.
///
/// One walk validates the answer and finds all that is asked of it. Of several members of one name the last one counts,
/// as most parsers have it.
struct AnswerCheck {
    private enum Path: Int {
        case model, error, choices, choice, finishReason, choiceError, output, data, status, object
        case usage
    }

    static let paths = JSONPaths(
        [
            "model", "error", "choices", "choices[]", "choices[].finish_reason", "choices[].error", "output", "data",
            "status", "object",
        ] + Usage.paths("usage"))

    /// Where the answer names its model.
    private(set) var model: Range<Int>?
    /// Members that name it as well, further to the front: nearly always none.
    private(set) var earlierModels: [Range<Int>] = []
    private(set) var usage: Usage?

    /// - Throws: the failure when the body is no completion, or holds an error instead of one.
    init(_ body: borrowing ByteBuffer, endpoint: Endpoint, provider: String) throws(UpstreamFailure) {
        try self.init(body.bytes, endpoint: endpoint, provider: provider)
    }

    init(_ body: Span<UInt8>, endpoint: Endpoint, provider: String) throws(UpstreamFailure) {
        var scan = PathScan(AnswerCheck.paths)
        do throws(JSONError) {
            try scan.read(body)
        } catch {
            throw AnswerCheck.notJSON(provider, error)
        }
        try self.init(scan, of: body, endpoint: endpoint, provider: provider)
    }

    /// - Parameter scan: of ``paths``, done.
    init(
        _ scan: borrowing PathScan, of body: Span<UInt8>, endpoint: Endpoint, provider: String
    ) throws(UpstreamFailure) {
        var error, output, data, status, object: PathScan.Find?
        var choices = Choices()
        var usageFinds = UsageFinds()
        var lastModel = -1
        for place in 0..<scan.count {
            let find = scan[place]
            switch Path(rawValue: find.path) {
            case .model:
                if lastModel >= 0 { earlierModels.append(scan[lastModel].member) }
                (model, lastModel) = (find.range, place)
            case .error: error = find
            case .choices: choices.end(find)
            case .choice: choices.note(find, in: body)
            case .finishReason: choices.finishReason = find
            case .choiceError: choices.error = find
            case .output: output = find
            case .data: data = find
            case .status: status = find
            case .object: object = find
            case .usage, nil: usageFinds.note(find, find.path - Path.usage.rawValue, in: body)
            }
        }
        if let error, error.kind != .null {
            throw UpstreamFailure(errorObject: error.range, in: body, cause: .errorInBody, provider: provider)
        }
        switch endpoint {
        case .chatCompletions, .completions: try choices.check(body, provider: provider)
        case .responses:
            guard output?.kind == .array || object?.equals("response", in: body) == true else {
                throw AnswerCheck.notACompletion(provider, "an answer without 'output'")
            }
            if let status, status.equals("failed", in: body) {
                throw AnswerCheck.notACompletion(provider, "a response with status 'failed' and no error")
            }
        case .embeddings:
            guard data?.kind == .array else { throw AnswerCheck.notACompletion(provider, "an answer without 'data'") }
        }
        usage = usageFinds.usage
    }

    static func notJSON(_ provider: String, _ error: JSONError) -> UpstreamFailure {
        notACompletion(provider, "a body that is not a JSON object (\(error.message))")
    }

    fileprivate static func notACompletion(_ provider: String, _ what: String) -> UpstreamFailure {
        UpstreamFailure(
            cause: .notACompletion, provider: provider, status: 502,
            message: "\(provider) answered with something that is not a completion.", detail: what)
    }

    /// The edits that put the client's name for the model in place of the upstream's: once.
    ///
    /// - Parameter body: the answer.
    func edits(restoring name: [UInt8], in body: Span<UInt8>) -> JSONEdits {
        var edits = JSONEdits()
        if let model { edits.replace(model, with: name) }
        for member in earlierModels { edits.remove(member: member, in: body) }
        return edits
    }
}

extension AnswerCheck {
    func edits(restoring name: [UInt8], in body: borrowing ByteBuffer) -> JSONEdits {
        edits(restoring: name, in: body.bytes)
    }
}

/// What the choices of an answer say of its soundness. Finds come from the inside out: what is noted of a choice is
/// settled where it ends, and what is noted of choices where their array does.
private struct Choices {
    private enum Fault {
        case noObject
        case error(Range<Int>)
        case brokenOff
    }

    private struct Summary {
        var isEmpty = true
        var firstFault: Fault?
    }

    // Of the choice that is being read.
    var finishReason: PathScan.Find?
    var error: PathScan.Find?
    private var open = Summary()
    /// `nil` without an array of choices.
    private var last: Summary?

    mutating func note(_ choice: PathScan.Find, in body: Span<UInt8>) {
        open.isEmpty = false
        if open.firstFault == nil {
            if choice.kind != .object {
                open.firstFault = .noObject
            } else if let error, error.kind != .null {
                open.firstFault = .error(error.range)
            } else if let finishReason, finishReason.equals("error", in: body) {
                open.firstFault = .brokenOff
            }
        }
        (finishReason, error) = (nil, nil)
    }

    mutating func end(_ choices: PathScan.Find) {
        last = choices.kind == .array ? open : nil
        open = Summary()
    }

    func check(_ body: Span<UInt8>, provider: String) throws(UpstreamFailure) {
        guard let last else { throw AnswerCheck.notACompletion(provider, "an answer without 'choices'") }
        switch last.firstFault {
        case .noObject: throw AnswerCheck.notACompletion(provider, "a choice that is not an object")
        case .error(let range):
            throw UpstreamFailure(errorObject: range, in: body, cause: .errorInBody, provider: provider)
        case .brokenOff:
            throw UpstreamFailure(
                cause: .errorInBody, provider: provider, status: 502,
                message: "\(provider) broke the answer off (finish_reason 'error').")
        case nil: break
        }
        if last.isEmpty { throw AnswerCheck.notACompletion(provider, "an answer with empty 'choices'") }
    }
}
