internal import EventLoop
internal import HTTPWire
internal import JSONText
internal import Model
internal import Providers
internal import Routing
internal import Upstream

/// Writes the request that goes upstream: head and body in one buffer, so that it leaves with one write. A value for one
/// request, never copied.
struct UpstreamRequestBuilder: ~Copyable {
    let target: Target
    let endpoint: Endpoint
    let attribution: Attribution
    /// Where heads that were written before are kept. `nil`: nowhere.
    private let lane: Lane?

    /// What the builder took out of the client's body, or changed in it, besides `model`; the client is told in a header.
    private(set) var changedMembers = ChangedMembers()

    /// The stream was asked for usage though the client had not done so.
    private(set) var addsUsageOptions = false

    /// Fields of the client, and about it, that the operator lets go upstream.
    var forwarded: [Deployment.HeaderField] = []

    /// Where the members stand that the deployment changes, when the body is large and was scanned for them before.
    var ruledMembers: ObjectScan?

    /// Leaves OpenRouter's `models` out.
    var dropsChain = false

    init(target: Target, endpoint: Endpoint, attribution: Attribution, lane: Lane? = nil) {
        self.target = target
        self.endpoint = endpoint
        self.attribution = attribution
        self.lane = lane
    }

    private var deployment: Deployment { target.deployment }

    /// The path and query of the request line.
    var requestTarget: String {
        target.requestTarget(for: endpoint)
    }

    /// - Parameters:
    ///   - body: the client's JSON object.
    ///   - client: the client's head; `nil` for a request the gateway makes on its own.
    mutating func build(body: Span<UInt8>, envelope: Envelope, client: RequestHead?) -> ByteBuffer {
        var wire = ByteBuffer()
        _ = write(body: body, envelope: envelope, client: client, keepingFrom: .max, to: &wire)
        return wire
    }

    /// The same; the unchanged end of a large body is not copied.
    mutating func build(_ body: RequestBody, envelope: Envelope, client: RequestHead?) -> OutgoingRequest {
        var wire = ByteBuffer()
        let rest = write(
            body: body.bytes.bytes, envelope: envelope, client: client, keepingFrom: UpstreamRequestBuilder.largeRest,
            to: &wire)
        return OutgoingRequest(wire, then: rest, of: body)
    }

    /// The same for a large body, of which a part is copied in each turn of the loop.
    mutating func build(
        _ body: RequestBody, envelope: Envelope, client: RequestHead?, _ waiter: Waiter
    ) async -> OutgoingRequest {
        var edits = edits(to: body.bytes, envelope)
        edits.settle()
        var wire = ByteBuffer()
        appendHead(
            to: &wire, bodyLength: edits.size(of: body.count), isStream: envelope.isStream, client: client)
        var pieces: [JSONEdits.Piece] = []
        edits.forEachPiece(of: body.count) { pieces.append($0) }
        var rest = 0..<0
        if case .source(let last) = pieces.last, last.count > UpstreamRequestBuilder.largeRest {
            pieces.removeLast()
            let end = last.lowerBound + UpstreamRequestBuilder.startOfRest
            pieces.append(.source(last.lowerBound..<end))
            rest = end..<last.upperBound
        }
        var bound = wire.count + UpstreamRequestBuilder.copiedInOneTurn
        for piece in pieces {
            switch piece {
            case .text(let text): wire.append(text)
            case .source(let range):
                var at = range.lowerBound
                while at < range.upperBound {
                    if wire.count >= bound {
                        await waiter.yield()
                        bound = wire.count + UpstreamRequestBuilder.copiedInOneTurn
                    }
                    let end = min(range.upperBound, at + bound - wire.count)
                    wire.append(at..<end, of: body.bytes)
                    at = end
                }
            }
        }
        return OutgoingRequest(wire, then: rest, of: body)
    }

    private static let copiedInOneTurn = 4 << 20

    private mutating func edits(to body: borrowing ByteBuffer, _ envelope: Envelope) -> JSONEdits {
        edits(to: body.bytes, envelope)
    }

    private static let usageNames = MemberNames("include_usage")

    /// An unchanged end longer than this stays in the client's body; so much of it still goes into the first write.
    private static let largeRest = 32 << 10
    private static let startOfRest = 16 << 10

    /// - Returns: the part of `body` that has to follow `wire`.
    private mutating func write(
        body: Span<UInt8>, envelope: Envelope, client: RequestHead?, keepingFrom limit: Int, to wire: inout ByteBuffer
    ) -> Range<Int> {
        var edits = edits(to: body, envelope)
        edits.settle()
        let length = edits.size(of: body.count)
        wire.reserve((length > limit ? UpstreamRequestBuilder.startOfRest : length) + 512)
        appendHead(to: &wire, bodyLength: length, isStream: envelope.isStream, client: client)
        var rest = 0..<0
        edits.forEachPiece(of: body.count) { piece in
            switch piece {
            case .source(let range):
                var end = range.upperBound
                if end == body.count, range.count > limit {
                    end = range.lowerBound + UpstreamRequestBuilder.startOfRest
                    rest = end..<range.upperBound
                }
                wire.append(body.extracting(range.lowerBound..<end))
            case .text(let text): wire.append(text)
            }
        }
        return rest
    }

    // MARK: head

    private func appendHead(to wire: inout ByteBuffer, bodyLength: Int, isStream: Bool, client: RequestHead?) {
        let site = target.access.provider.wantsAttribution ? client?.fields.string(.httpReferer) : nil
        let title = target.access.provider.wantsAttribution ? client?.fields.string(.xTitle) : nil
        if let lane, site == nil, title == nil, forwarded.isEmpty, target.hasFixedPath {
            wire.append(lane.requestHead(endpoint, isStream: isStream) { head(isStream, site: nil, title: nil) })
        } else {
            wire.append(head(isStream, site: site, title: title))
        }
        wire.append(decimal: bodyLength)
        wire.append("\r\n\r\n")
    }

    /// Request line and fields, up to where the length goes.
    private func head(_ isStream: Bool, site: String?, title: String?) -> [UInt8] {
        var head = ByteBuffer()
        head.append("POST ")
        head.append(text: requestTarget)
        head.append(" HTTP/1.1\r\nHost: ")
        head.append(text: deployment.base.authority)
        head.append("\r\n")
        append("Content-Type", "application/json", to: &head)
        // Identity, and no gzip: our own unpacking and repacking would cost more than the wire saves.
        append("Accept-Encoding", "identity", to: &head)
        append("Accept", isStream ? "text/event-stream" : "application/json", to: &head)
        append("User-Agent", "penstock", to: &head)
        if let field = target.access.authentication { append(field, to: &head) }
        let headers =
            target.access.provider.wantsAttribution
            ? attribution.applied(to: deployment.headers, clientSite: site, clientTitle: title) : deployment.headers
        for field in headers { append(field, to: &head) }
        if !forwarded.isEmpty {
            // The operator's own field of a name stands, and so does the one with the key.
            let names = Set(headers.map(\.name) + [target.access.provider.authenticationFieldName])
            for field in forwarded where !names.contains(field.name) { append(field, to: &head) }
        }
        head.append("Content-Length: ")
        return head.bytes.array(0..<head.count)
    }

    /// One of our own fields, which gives way to the operator's.
    private func append(_ name: StaticString, _ value: StaticString, to wire: inout ByteBuffer) {
        if !deployment.headers.isEmpty {
            let lowercased = "\(name)".lowercased()
            if deployment.headers.contains(where: { $0.name == lowercased }) { return }
        }
        wire.append(name)
        wire.append(": ")
        wire.append(value)
        wire.append("\r\n")
    }

    private func append(_ field: Deployment.HeaderField, to wire: inout ByteBuffer) {
        wire.append(text: field.name)
        wire.append(": ")
        wire.append(text: field.value)
        wire.append("\r\n")
    }

    // MARK: body

    private mutating func edits(to body: Span<UInt8>, _ envelope: Envelope) -> JSONEdits {
        var edits = JSONEdits()
        let scan = envelope.scan
        edits.set(Envelope.Member.model.rawValue, of: scan, to: target.upstreamModelText, in: body)
        let gatewayOnly = Envelope.firstGatewayOnly..<Envelope.names.count
        if scan.hasAny(of: gatewayOnly) { remove(gatewayOnly, from: &edits, body, scan) }
        if dropsChain {
            let models = Envelope.Member.models.rawValue
            remove(models..<models + 1, from: &edits, body, scan)
        }
        if hasRules {
            for name in rules.apply(to: &edits, body, scan, isStream: envelope.isStream, known: ruledMembers) {
                changedMembers.add(name)
            }
        }
        if envelope.isStream, !envelope.wantsUsageChunk, endpoint != .responses, !target.access.provider.hasOwnVendor {
            askForUsage(&edits, body, envelope)
        }
        if endpoint == .responses, !envelope.isStream { askForWholeResponse(&edits, envelope) }
        return edits
    }

    private mutating func remove(
        _ indices: Range<Int>, from edits: inout JSONEdits, _ body: Span<UInt8>, _ scan: ObjectScan
    ) {
        for (index, member) in scan.members where indices.contains(index) {
            edits.remove(member, in: body)
            changedMembers.add(index, member, in: body)
        }
    }

    /// The deployment changes members of the body.
    var hasRules: Bool {
        !deployment.defaults.isEmpty || !deployment.droppedMembers.isEmpty
            || !target.access.provider.renamedMembers.isEmpty
    }

    var rules: MemberRules {
        func make() -> MemberRules {
            MemberRules(
                deployment, endpoint: endpoint,
                renames: endpoint == .chatCompletions ? target.access.provider.renamedMembers : [])
        }
        return lane?.memberRules(endpoint, make) ?? make()
    }

    private func isDropped(_ name: String) -> Bool {
        deployment.droppedMembers.contains { Name($0) == Name(name) }
    }

    /// Some servers that people run (`transformers serve`) stream a response unless they are told not to. The providers
    /// themselves do as OpenAI does, and there a body stays as it came.
    private func askForWholeResponse(_ edits: inout JSONEdits, _ envelope: Envelope) {
        guard envelope[.stream] == nil, !target.access.isOwnAddress, !target.access.provider.hasOwnVendor,
            !isDropped("stream"), !deployment.defaults.contains(where: { $0.key == "stream" })
        else { return }
        edits.insert(key: "stream", value: Array("false".utf8), into: envelope.scan)
    }

    /// Usage is wanted for the record even when the client does not ask for it; its chunk is then kept from the client.
    /// OpenRouter always sends it, so nothing is added there.
    private mutating func askForUsage(_ edits: inout JSONEdits, _ body: Span<UInt8>, _ envelope: Envelope) {
        guard !isDropped("stream_options"), !(lane?.server.refusesUsageOptions ?? false) else { return }
        let wanted = Array(#"{"include_usage":true}"#.utf8)
        guard let options = envelope[.streamOptions] else {
            guard !deployment.defaults.contains(where: { $0.key == "stream_options" }) else { return }
            edits.insert(key: "stream_options", value: wanted, into: envelope.scan)
            addsUsageOptions = true
            return
        }
        guard options.count <= Envelope.longestOptions else { return }
        guard let nested = ObjectScan(body, within: options, names: UpstreamRequestBuilder.usageNames) else {
            guard jsonKind(of: options, in: body) == .null else { return }
            edits.removeEarlier(Envelope.Member.streamOptions.rawValue, of: envelope.scan, in: body)
            edits.replace(options, with: wanted)
            noteUsageOptions()
            return
        }
        guard nested[0] == nil else { return }
        noteUsageOptions()
        edits.removeEarlier(Envelope.Member.streamOptions.rawValue, of: envelope.scan, in: body)
        edits.insert(key: "include_usage", value: Array("true".utf8), into: nested)
    }

    private mutating func noteUsageOptions() {
        addsUsageOptions = true
        changedMembers.add("stream_options")
    }
}
