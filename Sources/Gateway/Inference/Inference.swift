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
    var record: RequestRecord
    /// Members of the client's body that did not go upstream; named in an answer's header.
    var droppedMembers: [String] = []

    init(gateway: Gateway, exchange: ServerExchange, snapshot: Snapshot, record: RequestRecord) {
        self.gateway = gateway
        self.exchange = exchange
        self.snapshot = snapshot
        self.record = record
    }

    var reactor: Reactor { gateway.reactor }

    func run(asked: Endpoint, pathModel: String?) async throws(GatewayError) {
        try refuseUnreadableBodies()
        let body = try await readBody()
        let envelope = try Envelope(body, asked: asked, pathModel: pathModel)
        record.endpoint = envelope.endpoint
        record.model = envelope.model
        record.isStream = envelope.isStream
        let route = try snapshot.catalog.route(to: envelope.model)
        record.group = route.group
        try await forward(body, envelope, along: route)
    }

    private func refuseUnreadableBodies() throws(GatewayError) {
        let fields = exchange.head.fields
        if let coding = fields.string("content-encoding"), coding.lowercased() != "identity" {
            throw .unsupportedMediaType("The request body must not be compressed (Content-Encoding: identity).")
        }
        if let type = fields.string("content-type"), type.lowercased().hasPrefix("multipart/") {
            throw .unsupportedMediaType("The request body must be JSON (Content-Type: application/json).")
        }
    }

    private func readBody() async throws(GatewayError) -> ByteBuffer {
        do throws(ServerExchange.BodyError) {
            let body = try await exchange.readBody()
            record.requestBytes = body.count
            return body
        } catch {
            switch error {
            case .tooLarge(let limit): throw .bodyTooLarge(limitBytes: limit)
            case .timedOut: throw .bodyTimedOut
            case .malformedChunk: throw .bodyMalformed
            case .clientGone: throw .clientGone
            }
        }
    }

    /// The only attempt loop. A target is picked, asked, and its answer relayed; nothing is sent twice once content has
    /// gone to the client.
    private func forward(_ body: borrowing ByteBuffer, _ envelope: Envelope, along route: Route)
        async throws(GatewayError)
    {
        guard let target = pickSimpleShuffle(route.targets, excluding: [], draw: gateway.requestIDs.fraction()) else {
            throw .unknownModel(route.requested, nearest: [])
        }
        record.attempts += 1
        record.deployment = target.deployment.id
        record.provider = target.provider.prefix
        record.upstreamModel = target.upstreamModel
        try await attempt(body, envelope, at: target)
    }

    private func attempt(_ body: borrowing ByteBuffer, _ envelope: Envelope, at target: Target)
        async throws(GatewayError)
    {
        if let mock = target.deployment.mock {
            return try await answer(with: mock, envelope, target)
        }
        guard target.speaks(envelope.endpoint) else {
            throw .unsupportedEndpoint(envelope.endpoint, model: envelope.model, provider: target.provider.prefix)
        }
        if target.lacksKey, case .environment(let variable) = target.deployment.credential?.source {
            throw .missingProviderKey(
                provider: target.provider.prefix, variable: variable, model: envelope.model)
        }
        var builder = UpstreamRequestBuilder(
            target: target, endpoint: envelope.endpoint, attribution: snapshot.catalog.attribution)
        let wire = builder.build(body: body, envelope: envelope, client: exchange.head)
        droppedMembers = builder.droppedMembers
        gateway.logUpstreamRequest(wire, to: target, requestID: record.requestID)
        let began = reactor.now
        record.upstreamStartedAt = record.upstreamStartedAt ?? began
        let deadlines = self.deadlines(for: target, isStream: envelope.isStream, from: began)
        do throws(UpstreamFailure) {
            let answer = try await gateway.ask(
                target, wire, deadlines: deadlines, waiter: exchange.waiter,
                pulse: envelope.isStream ? heartbeat(target) : nil)
            record.upstreamFirstByteAt = reactor.now
            if envelope.isStream {
                try await StreamRelay(self, envelope, target).relay(answer)
            } else {
                try await relayUnary(answer, envelope, target)
            }
        } catch {
            record.upstreamEndedAt = reactor.now
            if error.status == 499 || exchange.isClientGone { throw .clientGone }
            throw .upstream(error)
        }
    }

    /// Deployment over router over `litellm_settings`; a stream has its own limit of silence.
    private func deadlines(for target: Target, isStream: Bool, from now: LoopTime) -> UpstreamClient.Deadlines {
        let config = snapshot.config
        let own = target.deployment.timeouts
        let whole = own.whole ?? config.router.timeout ?? config.litellm.requestTimeout
        guard isStream else { return .init(firstByte: now + whole, idle: whole, whole: now + whole) }
        let silence = own.stream ?? config.router.streamTimeout ?? whole
        return .init(firstByte: now + silence, idle: silence, whole: .never)
    }

    /// The fields of a successful answer, unary or streamed.
    func answerFields(_ answer: UpstreamAnswer?, _ target: Target) -> ResponseFields {
        var fields = gateway.baseFields(record)
        fields.add("x-litellm-model-id", target.deployment.id)
        if let model = record.model { fields.add("x-litellm-model-group", model) }
        fields.add("x-penstock-route", target.trail)
        if let generation = answer?.head.fields.first("x-generation-id"), let answer {
            fields.add("x-generation-id", answer.head.fields.string(generation))
        }
        if !droppedMembers.isEmpty {
            fields.add("x-penstock-dropped-params", droppedMembers.joined(separator: ","))
        }
        return fields
    }
}

extension Inference {
    func streamFields(_ answer: UpstreamAnswer?, _ target: Target) -> ResponseFields {
        var fields = answerFields(answer, target)
        fields.add("Content-Type", "text/event-stream; charset=utf-8")
        fields.add("Cache-Control", "no-cache")
        // Tells nginx and its kin not to gather the stream before passing it on.
        fields.add("X-Accel-Buffering", "no")
        return fields
    }
}

extension Envelope {
    init(_ body: borrowing ByteBuffer, asked: Endpoint, pathModel: String?) throws(GatewayError) {
        try self.init(body.bytes, asked: asked, pathModel: pathModel)
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
        do throws(ResolutionError) {
            return try resolve(model)
        } catch {
            switch error {
            case .unknown(let unknown): throw .unknownModel(unknown.model, nearest: unknown.nearest)
            case .unusable(let unusable):
                throw .unusableModel(unusable.description, isDialect: unusable.providerNotSpoken != nil)
            }
        }
    }
}
