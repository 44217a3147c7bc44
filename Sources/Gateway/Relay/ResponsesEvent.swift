internal import HTTPWire
internal import JSONText
internal import Model

/// What the data of one event of a Responses stream says, read from the finds of one walk. Of several members of one name
/// the last one counts.
struct ResponsesEvent: ~Copyable {
    enum Path: Int {
        case type, error, sequenceNumber, response, model, provider, output, status, responseError
        case usage
    }

    static let paths = JSONPaths(
        [
            "type", "error", "sequence_number", "response", "response.model", "response.provider", "response.output",
            "response.status", "response.error",
        ]
            + Usage.paths("response.usage"))

    private(set) var type: PathScan.Find?
    private(set) var error: PathScan.Find?
    private(set) var sequenceNumber: Int?
    /// The first place where the event's response names its model.
    private(set) var model: Range<Int>?
    private(set) var hasOtherModels = false
    private(set) var provider: Range<Int>?
    /// Its response has items of output.
    private(set) var hasOutput = false
    /// The response's own.
    private(set) var responseError: PathScan.Find?
    /// Its response calls itself failed, or holds an error.
    private(set) var hasFailed = false
    private(set) var usage: Usage?

    init(_ scan: borrowing PathScan, in data: Span<UInt8>) {
        // Of the response that is being read.
        var open: (status: PathScan.Find?, error: PathScan.Find?, usage: UsageFinds) = (nil, nil, UsageFinds())
        for place in 0..<scan.count {
            let find = scan[place]
            switch Path(rawValue: find.path) {
            case .type: type = find
            case .error: error = find
            case .sequenceNumber: sequenceNumber = jsonInt(find.range, in: data)
            case .response:
                (responseError, usage) = (open.error, open.usage.usage)
                hasFailed = open.status?.equals("failed", in: data) == true || open.error?.saysError(in: data) == true
                open = (nil, nil, UsageFinds())
            case .model:
                if model == nil { model = find.range } else { hasOtherModels = true }
            case .provider: provider = find.range
            case .output: hasOutput = find.kind == .array && !find.isBlank
            case .status: open.status = find
            case .responseError: open.error = find
            case .usage, nil: open.usage.note(find, find.path - Path.usage.rawValue, in: data)
            }
        }
    }

    /// What an event's type means for the relay.
    enum Kind {
        /// `error` and `response.error`.
        case error
        case failed
        /// Nothing of the answer yet.
        case begun
        case complete
        /// No type at all, or one that is none of this dialect: the type of an error, perhaps.
        case none
        /// It ends the response, and there need be nothing in it.
        case ended
        case other

        init(_ type: Span<UInt8>) {
            self =
                switch type.count {
                case 0: .none
                case 5 where type.equals("error"): .error
                case 14 where type.equals("response.error"): .error
                case 15 where type.equals("response.failed"): .failed
                case 16 where type.equals("response.created"), 20 where type.equals("response.in_progress"),
                    15 where type.equals("response.queued"):
                    .begun
                case 18 where type.equals("response.completed"), 13 where type.equals("response.done"): .complete
                case 19 where type.equals("response.incomplete"), 18 where type.equals("response.cancelled"): .ended
                default: type.hasPrefix("response.") ? .other : .none
                }
        }
    }
}
