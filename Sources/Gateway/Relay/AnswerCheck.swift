internal import EventLoop
internal import JSONText
internal import Model

/// Whether an upstream's 200 is really the answer it claims to be, and what to change in it before it goes on. Pure.
///
/// One walk validates the answer and finds all that is asked of it. Of several members of one name the last one counts,
/// as most parsers have it.
struct AnswerCheck {
    private enum Path: Int {
        case model, error, provider, choices, choice, message, text, finishReason
        case choiceError, output, outputText, data, element, embedding, status, object
        case usage
    }

    static let paths = JSONPaths(
        [
            "model", "error", "provider", "choices", "choices[]", "choices[].message", "choices[].text",
            "choices[].finish_reason", "choices[].error", "output",
            "output_text", "data", "data[]", "data[].embedding", "status", "object",
        ] + Usage.paths("usage"))

    /// Where the answer names its model.
    private(set) var model: Range<Int>?
    /// Members that name it as well, further to the front: nearly always none.
    private(set) var earlierModels: [Range<Int>] = []
    private(set) var usage: Usage?
    /// OpenRouter's name for who served it.
    private(set) var providerName: Range<Int>?

    /// - Throws: the failure when the body is no completion, or holds an error instead of one.
    init(_ body: borrowing ByteBuffer, endpoint: Endpoint, provider: String) throws(UpstreamFailure) {
        try self.init(body.bytes, endpoint: endpoint, provider: provider)
    }

    init(_ body: Span<UInt8>, endpoint: Endpoint, provider: String) throws(UpstreamFailure) {
        var scan = PathScan(AnswerCheck.paths)
        do throws(JSONError) {
            try scan.read(body)
        } catch {
            throw AnswerCheck.notJSON(provider, error, body)
        }
        try self.init(scan, of: body, endpoint: endpoint, provider: provider)
    }

    /// - Parameter scan: of ``paths``, done.
    init(
        _ scan: borrowing PathScan, of body: Span<UInt8>, endpoint: Endpoint, provider: String
    ) throws(UpstreamFailure) {
        var error, output, outputText, data, status, object: PathScan.Find?
        var choices = Choices()
        var vectors = Vectors()
        var usageFinds = UsageFinds()
        var lastModel = -1
        for place in 0..<scan.count {
            let find = scan[place]
            switch Path(rawValue: find.path) {
            case .model:
                if lastModel >= 0 { earlierModels.append(scan[lastModel].member) }
                (model, lastModel) = (find.range, place)
            case .error: error = find
            case .provider: providerName = find.range
            case .choices: choices.end(find)
            case .choice: choices.note(find, in: body)
            case .message: choices.message = find
            case .text: choices.text = find
            case .finishReason: choices.finishReason = find
            case .choiceError: choices.error = find
            case .output: output = find
            case .outputText: outputText = find
            case .embedding: vectors.embedding = find
            case .element: vectors.end()
            case .data:
                data = find
                vectors.endData()
            case .status: status = find
            case .object: object = find
            case .usage, nil: usageFinds.note(find, find.path - Path.usage.rawValue, in: body)
            }
        }
        if let error, error.saysError(in: body) {
            throw UpstreamFailure(
                errorObject: body.count <= StatedError.longest ? 0..<body.count : error.range, in: body,
                cause: .errorInBody, provider: provider)
        }
        let fault: String?
        switch endpoint {
        case .chatCompletions, .completions: fault = try choices.fault(body, endpoint: endpoint, provider: provider)
        case .responses:
            let isResponse = object?.equals("response", in: body) == true
            if status?.equals("failed", in: body) == true {
                fault = "a response with status 'failed' and no error"
            } else if output?.kind == .array && output?.isBlank == false || outputText?.isBlank == false {
                fault = nil
            } else if isResponse, let status,
                AnswerCheck.statesOfNoOutput.contains(where: { status.equals($0, in: body) })
            {
                fault = nil
            } else {
                fault = output == nil ? "an answer without 'output'" : "an answer with empty 'output'"
            }
        case .embeddings:
            fault =
                data?.kind != .array
                ? "an answer without 'data'"
                : vectors.isComplete ? nil : "an answer with empty 'data', or data without an embedding"
        }
        if let fault { throw AnswerCheck.noAnswer(fault, body, provider) }
        usage = usageFinds.usage
    }

    /// Responses that need not have said anything: work that goes on elsewhere, or that was ended early.
    private static let statesOfNoOutput: [StaticString] = ["queued", "in_progress", "incomplete", "cancelled"]

    /// A list of one error, or an event stream that nobody asked for, may say what went wrong.
    static func notJSON(_ provider: String, _ error: JSONError, _ body: Span<UInt8>) -> UpstreamFailure {
        if body.count <= StatedError.longest, let stated = ErrorText(body).stated,
            stated.message != nil || stated.isDeclared,
            !stated.isOther || stated.isDeclared
        {
            return UpstreamFailure(errorBody: body, provider: provider)
        }
        return notACompletion(provider, "a body that is not a JSON object (\(error.message))")
    }

    /// An answer that is none may be an error without the name of one.
    private static func noAnswer(_ fault: String, _ body: Span<UInt8>, _ provider: String) -> UpstreamFailure {
        UpstreamFailure(statedBy: body, cause: .errorInBody, provider: provider) ?? notACompletion(provider, fault)
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
        case brokenOff(Range<Int>)
    }

    private struct Summary {
        var isEmpty = true
        var hasMessage = false
        var hasText = false
        var firstFault: Fault?
    }

    // Of the choice that is being read.
    var finishReason: PathScan.Find?
    var error: PathScan.Find?
    var text: PathScan.Find?
    var message: PathScan.Find?
    private var open = Summary()
    /// `nil` without an array of choices.
    private var last: Summary?

    mutating func note(_ choice: PathScan.Find, in body: Span<UInt8>) {
        open.isEmpty = false
        let finish = finishReason?.finish(in: body) ?? .none
        if open.firstFault == nil { open.firstFault = fault(of: choice, finish, in: body) }
        // A model may have nothing to say, and then it says that it is done.
        let isFinished = finish != .none
        if let message, case .object = message.kind,
            isFinished || hasMemberWithContent(of: message.range, in: body, besides: Choices.role)
        {
            open.hasMessage = true
        }
        if let text, case .string = text.kind, isFinished || !text.isBlank { open.hasText = true }
        (finishReason, error, text, message) = (nil, nil, nil, nil)
    }

    private func fault(of choice: PathScan.Find, _ finish: Finish, in body: Span<UInt8>) -> Fault? {
        guard case .object = choice.kind else { return .noObject }
        if let error, error.saysError(in: body) { return .error(error.range) }
        if finish == .brokenOff, let finishReason { return .brokenOff(finishReason.range) }
        return nil
    }

    /// What only says who speaks is no content.
    private static let role = MemberNames("role")

    mutating func end(_ choices: PathScan.Find) {
        last = choices.kind == .array ? open : nil
        open = Summary()
    }

    /// What makes this no answer; `nil` for an answer.
    ///
    /// - Throws: the error of a choice.
    func fault(_ body: Span<UInt8>, endpoint: Endpoint, provider: String) throws(UpstreamFailure) -> String? {
        guard let last else { return "an answer without 'choices'" }
        switch last.firstFault {
        case .noObject: return "a choice that is not an object"
        case .error(let range):
            throw UpstreamFailure(errorObject: range, in: body, cause: .errorInBody, provider: provider)
        case .brokenOff(let reason):
            throw UpstreamFailure.brokenOff(reason, in: body, cause: .errorInBody, provider: provider)
        case nil: break
        }
        if last.isEmpty { return "an answer with empty 'choices'" }
        // Some servers answer either endpoint in the other's form; clients get what they sent.
        if last.hasMessage || last.hasText { return nil }
        return endpoint == .completions ? "choices without a text" : "choices without a message"
    }
}

/// What the data of embeddings says of its soundness.
private struct Vectors {
    /// Of the element that is being read.
    var embedding: PathScan.Find?
    private var open = (count: 0, hasGap: false)
    /// There is one, and none is empty.
    private(set) var isComplete = false

    mutating func end() {
        open.count += 1
        if embedding?.isBlank ?? true { open.hasGap = true }
        embedding = nil
    }

    mutating func endData() {
        isComplete = open.count > 0 && !open.hasGap
        open = (0, false)
    }
}
