internal import EventLoop
internal import JSONText
internal import Model

/// Whether an upstream's 200 is really the answer it claims to be, and what to change in it before it goes on. Pure.
struct AnswerCheck {
    private static let names = MemberNames(
        "model", "error", "choices", "output", "data", "usage", "status", "object")
    private static let choiceNames = MemberNames("finish_reason", "error")

    /// Every place where the answer names its model.
    private(set) var modelRanges: [Range<Int>] = []
    private(set) var usage: Usage?

    /// - Throws: the failure when the body is no completion, or holds an error instead of one.
    init(_ body: borrowing ByteBuffer, endpoint: Endpoint, provider: String) throws(UpstreamFailure) {
        try self.init(body.bytes, endpoint: endpoint, provider: provider)
    }

    init(_ body: Span<UInt8>, endpoint: Endpoint, provider: String) throws(UpstreamFailure) {
        let scan: ObjectScan
        do throws(JSONError) {
            scan = try ObjectScan(body, names: AnswerCheck.names)
        } catch {
            throw AnswerCheck.notACompletion(provider, "a body that is not a JSON object (\(error.message))")
        }
        if let error = scan[1], jsonKind(of: error, in: body) != .null {
            throw UpstreamFailure(errorObject: error, in: body, cause: .errorInBody, provider: provider)
        }
        switch endpoint {
        case .chatCompletions, .completions:
            guard let choices = scan[2], jsonKind(of: choices, in: body) == .array else {
                throw AnswerCheck.notACompletion(provider, "an answer without 'choices'")
            }
            try AnswerCheck.checkChoices(choices, body, provider: provider)
        case .responses:
            let isNamed = scan[7].map { jsonStringEquals($0, in: body, "response") } ?? false
            guard isNamed || scan[3].map({ jsonKind(of: $0, in: body) == .array }) ?? false else {
                throw AnswerCheck.notACompletion(provider, "an answer without 'output'")
            }
            if let status = scan[6], jsonStringEquals(status, in: body, "failed") {
                throw AnswerCheck.notACompletion(provider, "a response with status 'failed' and no error")
            }
        case .embeddings:
            guard let data = scan[4], jsonKind(of: data, in: body) == .array else {
                throw AnswerCheck.notACompletion(provider, "an answer without 'data'")
            }
        }
        for occurrence in scan.occurrences(of: 0) { modelRanges.append(occurrence.value) }
        usage = scan[5].flatMap { Usage(reading: $0, in: body) }
    }

    private static func checkChoices(
        _ choices: Range<Int>, _ body: Span<UInt8>, provider: String
    ) throws(UpstreamFailure) {
        var elements = JSONElements(choices, in: body)
        var isEmpty = true
        while let element = elements.next() {
            isEmpty = false
            guard let choice = ObjectScan(body, within: element, names: choiceNames) else {
                throw notACompletion(provider, "a choice that is not an object")
            }
            if let error = choice[1], jsonKind(of: error, in: body) != .null {
                throw UpstreamFailure(errorObject: error, in: body, cause: .errorInBody, provider: provider)
            }
            if let reason = choice[0], jsonStringEquals(reason, in: body, "error") {
                throw UpstreamFailure(
                    cause: .errorInBody, provider: provider, status: 502,
                    message: "\(provider) broke the answer off (finish_reason 'error').")
            }
        }
        if isEmpty { throw notACompletion(provider, "an answer with empty 'choices'") }
    }

    private static func notACompletion(_ provider: String, _ what: String) -> UpstreamFailure {
        UpstreamFailure(
            cause: .notACompletion, provider: provider, status: 502,
            message: "\(provider) answered with something that is not a completion.", detail: what)
    }

    /// The edits that put the client's name for the model in place of the upstream's.
    func edits(restoring model: [UInt8]) -> JSONEdits {
        var edits = JSONEdits()
        for range in modelRanges { edits.replace(range, with: model) }
        return edits
    }
}
