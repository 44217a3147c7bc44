internal import EventLoop
internal import HTTPServer
internal import JSONText
internal import Model
internal import Observability
internal import Providers
internal import Routing
internal import Upstream

/// What goes upstream in an attempt.
extension AttemptLoop {
    private func builder(_ envelope: Envelope, _ target: Target, _ lane: Lane) -> UpstreamRequestBuilder {
        var builder = UpstreamRequestBuilder(
            target: target, endpoint: envelope.endpoint, attribution: inference.snapshot.catalog.attribution,
            lane: lane)
        builder.dropsChain = keepsChain
        builder.forwarded = forwarded
        return builder
    }

    /// What the deployment changes in a large body is looked for in parts.
    func membersOfLargeBody(
        _ body: RequestBody, _ envelope: Envelope, _ target: Target, _ lane: Lane
    ) async throws(JSONError) -> ObjectScan? {
        guard body.count > LargeText.partBytes else { return nil }
        let builder = builder(envelope, target, lane)
        guard builder.hasRules else { return nil }
        return try await exchange.waiter.scanIfLarge(body, names: builder.rules.names)
    }

    func build(
        _ body: RequestBody, _ envelope: Envelope, _ target: Target, _ lane: Lane, _ members: ObjectScan?
    ) -> OutgoingRequest {
        var builder = builder(envelope, target, lane)
        builder.ruledMembers = members
        let request = builder.build(body, envelope: envelope, client: exchange.head)
        return note(request, builder.changedMembers, builder.addsUsageOptions, target)
    }

    func buildInParts(
        _ body: RequestBody, _ envelope: Envelope, _ target: Target, _ lane: Lane, _ members: ObjectScan?
    ) async -> OutgoingRequest {
        var builder = builder(envelope, target, lane)
        builder.ruledMembers = members
        let request = await builder.build(body, envelope: envelope, client: exchange.head, exchange.waiter)
        return note(request, builder.changedMembers, builder.addsUsageOptions, target)
    }

    private func note(
        _ request: OutgoingRequest, _ changed: ChangedMembers, _ addsUsage: Bool, _ target: Target
    ) -> OutgoingRequest {
        inference.note(changed)
        addsUsageOptions = addsUsage
        if gateway.state.log.isOn(.debug) {
            gateway.logUpstreamRequest(
                request, to: target, requestID: inference.record.requestID, inference.ownRedactor(for: target))
        }
        return request
    }

    /// The envelope of a body that a fallback entry has changed. How the client gets its answer is settled by its own
    /// request: an entry may switch a stream of the upstream off, since a whole answer can be told as events.
    func overridden(_ body: RequestBody) async throws(GatewayError) -> Envelope {
        let sent = try await Envelope.read(
            body, asked: envelope.endpoint, pathModel: envelope.model, exchange.waiter)
        guard sent.endpoint == envelope.endpoint else {
            throw .invalidRequest(
                param: "fallbacks",
                message:
                    "A fallback must not turn a request for /\(envelope.endpoint.path) into another kind of request.")
        }
        guard envelope.isStream || !sent.isStream else {
            throw .invalidRequest(
                param: "fallbacks",
                message: "A fallback must not set 'stream' to true in a request that is not streamed.")
        }
        return sent
    }
}
