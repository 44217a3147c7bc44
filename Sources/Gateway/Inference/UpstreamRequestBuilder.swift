internal import EventLoop
internal import HTTPWire
internal import JSONText
internal import Model
internal import Providers
internal import Routing

/// Writes the request that goes upstream: head and body in one buffer, so that it leaves with one write.
struct UpstreamRequestBuilder {
    let target: Target
    let endpoint: Endpoint
    let attribution: Attribution

    /// What the builder left out of the client's body on the operator's word; the client is told in a header.
    private(set) var droppedMembers: [String] = []

    /// Leaves OpenRouter's `models` out.
    var dropsChain = false

    init(target: Target, endpoint: Endpoint, attribution: Attribution) {
        self.target = target
        self.endpoint = endpoint
        self.attribution = attribution
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
        let edits = edits(to: body, envelope)
        var wire = ByteBuffer()
        let length = edits.size(of: body.count)
        wire.reserve(length + 1024)
        appendHead(to: &wire, bodyLength: length, isStream: envelope.isStream, client: client)
        edits.append(to: &wire, of: body)
        return wire
    }

    // MARK: head

    private func appendHead(to wire: inout ByteBuffer, bodyLength: Int, isStream: Bool, client: RequestHead?) {
        wire.append("POST ")
        wire.append(text: requestTarget)
        wire.append(" HTTP/1.1\r\nHost: ")
        wire.append(text: deployment.base.authority)
        // Identity, and no gzip: our own unpacking and repacking would cost more than the wire saves.
        wire.append("\r\nContent-Type: application/json\r\nAccept-Encoding: identity\r\nAccept: ")
        wire.append(isStream ? "text/event-stream" : "application/json")
        wire.append("\r\nUser-Agent: penstock\r\n")
        if let field = target.authentication { append(field, to: &wire) }
        let headers =
            target.provider.wantsAttribution
            ? attribution.applied(
                to: deployment.headers, clientSite: client?.fields.string("http-referer"),
                clientTitle: client?.fields.string("x-title")) : deployment.headers
        for field in headers { append(field, to: &wire) }
        wire.append("Content-Length: ")
        wire.append(decimal: bodyLength)
        wire.append("\r\n\r\n")
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
        var model: [UInt8] = []
        appendJSONString(target.upstreamModel, to: &model)
        edits.set(Envelope.Member.model.rawValue, of: scan, to: model)
        for index in Envelope.firstGatewayOnly..<Envelope.names.count where scan[index] != nil {
            edits.removeAll(index, of: scan, in: body)
        }
        if dropsChain { edits.removeAll(Envelope.Member.models.rawValue, of: scan, in: body) }
        if !deployment.defaults.isEmpty || !deployment.droppedMembers.isEmpty || !target.provider.renamedMembers.isEmpty
        {
            applyDeployment(to: &edits, body, scan)
        }
        if envelope.isStream, !envelope.wantsUsageChunk, endpoint != .responses, !target.provider.hasOwnVendor {
            askForUsage(&edits, body, envelope)
        }
        return edits
    }

    /// Adds the deployment's defaults that the client did not send, and takes out what it may not.
    private mutating func applyDeployment(to edits: inout JSONEdits, _ body: Span<UInt8>, _ scan: ObjectScan) {
        var present: Set<String> = []
        var members = JSONMembers(scan.object, in: body)
        while let (key, value) = members.next() {
            guard let name = jsonString(key, in: body) else { continue }
            present.insert(name)
            if deployment.droppedMembers.contains(name) {
                edits.remove(key: key, value: value, in: body)
                droppedMembers.append(name)
            } else if endpoint == .chatCompletions,
                let rename = target.provider.renamedMembers.first(where: { $0.from == name })
            {
                var text: [UInt8] = []
                appendJSONString(rename.to, to: &text)
                edits.replace(key, with: text)
            }
        }
        for member in deployment.defaults
        where !present.contains(member.key) && !deployment.droppedMembers.contains(member.key) {
            edits.insert(key: member.key, value: member.value, into: scan)
        }
    }

    /// Usage is wanted for the record even when the client does not ask for it; its chunk is then kept from the client.
    /// OpenRouter always sends it, so nothing is added there.
    private func askForUsage(_ edits: inout JSONEdits, _ body: Span<UInt8>, _ envelope: Envelope) {
        guard let options = envelope[.streamOptions], jsonKind(of: options, in: body) == .object else {
            guard envelope[.streamOptions] == nil else { return }
            edits.insert(key: "stream_options", value: Array(#"{"include_usage":true}"#.utf8), into: envelope.scan)
            return
        }
        guard let nested = ObjectScan(body, within: options, names: MemberNames("include_usage")), nested[0] == nil
        else { return }
        edits.insert(key: "include_usage", value: Array("true".utf8), into: nested)
    }
}
