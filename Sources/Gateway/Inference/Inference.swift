internal import ConfigFile
internal import EventLoop
internal import HTTPServer
internal import HTTPWire
internal import JSONText
internal import Model
internal import Observability
internal import Providers
internal import Routing
internal import Upstream

/// One inference request, from its body to its record: the straight line that every endpoint takes. Loop-owned.
final class Inference {
    let gateway: Gateway
    let exchange: ServerExchange
    let snapshot: Snapshot
    let lanes: Lanes
    let record: RequestRecord
    /// Of the upstream that is being asked.
    private(set) var lane: Lane?
    /// The client's name for the model as a JSON string, for every place where the upstream's stands.
    private(set) var modelText: [UInt8] = []
    /// What the client asked for in its body and does not get.
    private var unmetWishes: [String] = []

    init(gateway: Gateway, exchange: ServerExchange, lanes: Lanes, record: RequestRecord) {
        self.gateway = gateway
        self.exchange = exchange
        self.lanes = lanes
        snapshot = lanes.snapshot
        self.record = record
    }

    var reactor: Reactor { gateway.reactor }

    func run(asked: Endpoint, pathModel: String?) async throws(GatewayError) {
        try refuseOtherMediaTypes()
        let codings = exchange.head.fields.names.contains(.contentEncoding) ? try codingsOfBody() : []
        var body: RequestBody
        if let whole = exchange.bodyAtHand() {
            body = RequestBody(whole)
        } else {
            body = RequestBody(try await readBody())
        }
        if !codings.isEmpty { body = try await unpacked(body, codings) }
        record.requestBytes = body.count
        let envelope = try await Envelope.read(body, asked: asked, pathModel: pathModel, exchange.waiter)
        let loop = try attemptLoop(for: body, envelope)
        if record.isStream { gateway.metrics.streamBegan() }
        defer { if record.isStream { gateway.metrics.streamEnded() } }
        try await loop.run()
    }

    /// What the body asks for, and where that leads.
    private func attemptLoop(for body: RequestBody, _ envelope: Envelope) throws(GatewayError) -> AttemptLoop {
        record.endpoint = envelope.endpoint
        record.model = envelope.model
        record.isStream = envelope.isStream
        let wishes = try RequestWishes.read(
            envelope, of: body.bytes, exchange.head.fields,
            ignoresGuardrails: snapshot.ignoresGuardrails)
        if let wishes { unmetWishes = wishes.unmet }
        let route = try route(for: envelope)
        record.routedGroup = route.group
        modelText = Name(route.requested) == Name(envelope.model) ? route.requestedText : jsonText(of: envelope.model)
        return try AttemptLoop(self, body, envelope, wishes, route)
    }

    /// A chain of OpenRouter's ids without a `model` of its own may name models as OpenRouter does.
    private func route(for envelope: Envelope) throws(GatewayError) -> Route {
        guard envelope[.model] == nil, envelope[.models] != nil else { return try lanes.route(to: envelope.model) }
        return try route(toID: envelope.model)
    }

    /// Where an entry of OpenRouter's `models` leads: a name of this gateway, or an id as OpenRouter has it.
    func route(toID id: String) throws(GatewayError) -> Route {
        let known = try? lanes.resolve(id, suggesting: false)
        if let known, !known.isDefaultFallback { return known }
        // Whoever stands in for unknown names stands behind the provider who knows the id.
        guard let route = try? lanes.resolve("openrouter/\(id)", suggesting: false),
            known == nil || !route.isDefaultFallback
        else {
            if let known { return known }
            return try lanes.route(to: id)
        }
        return route
    }

    private func refuseOtherMediaTypes() throws(GatewayError) {
        let fields = exchange.head.fields
        if let type = fields[.contentType], fields.hasPrefix(type, "multipart/") {
            throw .unsupportedMediaType("The request body must be JSON (Content-Type: application/json).")
        }
    }

    private func readBody() async throws(GatewayError) -> ByteBuffer {
        do throws(ServerExchange.BodyError) {
            return try await exchange.readBody()
        } catch {
            switch error {
            case .tooLarge(let limit): throw .bodyTooLarge(limitBytes: limit)
            case .timedOut: throw .bodyTimedOut
            case .malformedChunk: throw .bodyMalformed
            case .clientGone: throw .clientGone
            }
        }
    }

    /// The fields of a successful answer, unary or streamed.
    func answerFields(_ answer: UpstreamAnswer?, _ target: Target) -> ResponseFields {
        var fields = gateway.baseFields(record, exchange)
        if let lane, record.attempts == 1, record.retries == 0, record.fallbacks == 0 {
            if let known = lane.answerFields(target, as: record.model) {
                fields.add(known)
            } else {
                var routing = ResponseFields()
                addRouting(to: &routing)
                fields.add(lane.keep(routing.lines, of: target, as: record.model))
            }
        } else {
            addRouting(to: &fields)
        }
        if let answer { UpstreamFields.pass(answer.head.fields, into: &fields, snapshot.redactor) }
        gateway.addChanged(record, to: &fields)
        return fields
    }

    func note(_ changed: ChangedMembers) {
        if !changed.names.isEmpty || !record.changedMembers.isEmpty {
            record.changedMembers = changed.names + unmetWishes
        }
    }
}

extension Inference {
    private func addRouting(to fields: inout ResponseFields) {
        gateway.addRouting(record, to: &fields)
        fields.add("x-litellm-version", gateway.state.version)
    }

    /// A call upstream begins.
    func begin(_ attempt: AttemptPlan.Attempt, at now: LoopTime) {
        let target = attempt.target
        let lane = lanes.lane(of: target)
        self.lane = lane
        let upstream = lane.labels(of: target, group: attempt.group, gateway.state.log.redactor)
        record.attempts += 1
        record.upstream = upstream
        record.upstreamStartedAt = record.upstreamStartedAt ?? now
        record.firstTokenAt = nil
        record.answeredBy = nil
        record.trail = record.attemptLog.isEmpty ? target.trail : "\(Inference.failedTrail(record)), \(target.trail)"
        record.attemptLog.append(
            AttemptRecord(of: upstream, startedAt: now, isFallback: attempt.fallbackIndex > 0))
    }

    /// Nobody was asked: the record and the route name who would have been the first.
    func noteResting(_ resting: AttemptPlan.Resting) {
        let target = resting.target
        record.upstream = lanes.lane(of: target).labels(of: target, group: resting.group, gateway.state.log.redactor)
        record.trail = "\(target.trail) (resting)"
    }

    func noteFirstByte(at now: LoopTime) {
        record.upstreamFirstByteAt = now
        if !record.attemptLog.isEmpty { record.attemptLog[record.attemptLog.count - 1].firstByteAt = now }
    }

    func noteEnd(of failure: UpstreamFailure?, at now: LoopTime) {
        record.upstreamEndedAt = now
        guard !record.attemptLog.isEmpty else { return }
        let last = record.attemptLog.count - 1
        record.attemptLog[last].endedAt = now
        record.attemptLog[last].firstTokenAt = record.firstTokenAt
        if let failure {
            record.attemptLog[last].outcome = failure.status == 499 ? "client_left" : FailureClass(failure).rawValue
            record.attemptLog[last].status = failure.status
        }
    }

    /// A failure as the client is told of it: with the status that its words stand for, and the provider is named only
    /// where the call went to its own address. A refused key is named, so that nobody takes it for the client's.
    func told(_ failure: UpstreamFailure, of target: Target) -> UpstreamFailure {
        var failure = failure.withStatusOfItsWords
        let group = record.upstream?.group ?? target.deployment.group
        let isOwn = target.access.isOwnAddress
        if FailureClass(failure) == .authentication { failure.refusedKey = target.refusedKey(group: group) }
        // What a deployment rests for is kept beyond the request.
        if let redactor = ownRedactor(for: target) { failure = failure.saying(redactor.redact(failure.message)) }
        return isOwn ? failure : failure.told(ofGroup: group)
    }

    /// `x-penstock-route` of what failed so far; the latest attempts when there were many.
    private static func failedTrail(_ record: RequestRecord) -> String {
        let failed = record.attemptLog.suffix(8).map { "\($0.upstream.provider):\($0.status)" }
        return failed.joined(separator: ", ")
    }

    func streamFields(_ answer: UpstreamAnswer?, _ target: Target) -> ResponseFields {
        var fields = answerFields(answer, target)
        fields.add("Content-Type", "text/event-stream; charset=utf-8")
        fields.add("Cache-Control", "no-cache")
        // Tells nginx and its kin not to gather the stream before passing it on.
        fields.add("X-Accel-Buffering", "no")
        return fields
    }
}

extension Target {
    /// The key that is sent for it, once it was refused.
    ///
    /// - Parameter group: what an operator's own server is called by.
    func refusedKey(group: String) -> ProviderKey {
        ProviderKey(
            deployment.credential,
            refusedBy: access.isOwnAddress ? access.provider.prefix : "The upstream of \"\(group)\"")
    }
}

extension AttemptPlan.Resting {
    /// For a client that did not cause it: status and class, and whose key it was when one was refused.
    var cause: String? {
        guard let reason, reason.failureClass == .authentication else { return reason?.summary }
        return "\(reason.summary) (\(target.refusedKey(group: group).sentence))"
    }
}

extension Envelope {
    convenience init(_ body: borrowing ByteBuffer, asked: Endpoint, pathModel: String?) throws(GatewayError) {
        try self.init(body.bytes, asked: asked, pathModel: pathModel)
    }

    convenience init(
        _ body: borrowing ByteBuffer, _ scan: ObjectScan, asked: Endpoint, pathModel: String?
    ) throws(GatewayError) {
        try self.init(body.bytes, scan, asked: asked, pathModel: pathModel)
    }
}

extension UpstreamRequestBuilder {
    mutating func build(body: borrowing ByteBuffer, envelope: Envelope, client: RequestHead?) -> ByteBuffer {
        build(body: body.bytes, envelope: envelope, client: client)
    }
}

extension Catalog {
    /// `resolve`, with failures as the client sees them.
    func route(to model: String) throws(GatewayError) -> Route {
        try forClient { () throws(ResolutionError) in try resolve(model) }
    }
}

extension Lanes {
    /// `resolve`, with failures as the client sees them.
    func route(to model: String) throws(GatewayError) -> Route {
        try forClient { () throws(ResolutionError) in try resolve(model) }
    }
}

/// What `resolve` gives, its failure as the client sees it.
private func forClient(_ resolve: () throws(ResolutionError) -> Route) throws(GatewayError) -> Route {
    do throws(ResolutionError) {
        return try resolve()
    } catch {
        switch error {
        case .unknown(let unknown): throw .unknownModel(unknown.model, nearest: unknown.nearest)
        case .unusable(let unusable):
            throw .unusableModel(unusable.description, isDialect: unusable.providerNotSpoken != nil)
        }
    }
}
