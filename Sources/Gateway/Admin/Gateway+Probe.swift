internal import ConfigFile
internal import EventLoop
internal import HTTPWire
internal import JSONText
internal import Model
internal import Providers
internal import Routing
internal import Upstream

/// The one small call of a health check, built by the same code as a client's request.
extension Gateway {
    private static let patience = Duration.seconds(60)

    /// - Parameter waiter: where the call waits; it ends when that is given up.
    /// - Throws: what a client would get.
    func probe(_ target: Target, _ snapshot: Snapshot, waiter: Waiter) async throws(GatewayError) {
        let lane = lanes(of: snapshot).lane(of: target)
        let guess = ProbeGuess(of: target, mode: snapshot.catalog.entries[target.deployment.id]?.info.mode, lane.server)
        let name = target.deployment.group
        guard target.speaks(guess.endpoint) else {
            throw .unsupportedEndpoint(guess.endpoint, model: name, provider: target.access.provider.prefix)
        }
        if target.lacksKey, case .environment(let variable) = target.deployment.credential?.source {
            throw .missingProviderKey(provider: target.access.provider.prefix, variable: variable, model: name)
        }
        var failure = try await failure(ofProbe: guess.endpoint, target, lane, snapshot, waiter)
        if let found = failure, !waiter.isGivenUp, let other = guess.endpoint(after: found, for: target) {
            failure = try await self.failure(ofProbe: other, target, lane, snapshot, waiter)
            if failure == nil { lane.server.isEmbedder = other == .embeddings }
        }
        if waiter.isGivenUp { throw .clientGone }
        if let found = failure, FailureClass(found) == .authentication {
            failure?.refusedKey = target.refusedKey(group: name)
        }
        checkEnded(target, failure, lane, snapshot)
        if let failure { throw .upstream(failure) }
    }

    /// `nil`: it answered.
    private func failure(
        ofProbe endpoint: Endpoint, _ target: Target, _ lane: Lane, _ snapshot: Snapshot, _ waiter: Waiter
    ) async throws(GatewayError) -> UpstreamFailure? {
        var body = ByteBuffer()
        body.append(Gateway.probeBody(endpoint, model: target.deployment.group))
        let envelope = try Envelope(body, asked: endpoint, pathModel: nil)
        var builder = UpstreamRequestBuilder(
            target: target, endpoint: endpoint, attribution: snapshot.catalog.attribution)
        let request = OutgoingRequest(builder.build(body: body, envelope: envelope, client: nil))
        do throws(UpstreamFailure) {
            try await exchangeProbe(request, endpoint, target, lane, snapshot, waiter)
            return nil
        } catch {
            return target.access.isOwnAddress ? error : error.told(ofGroup: target.deployment.group)
        }
    }

    private func exchangeProbe(
        _ request: OutgoingRequest, _ endpoint: Endpoint, _ target: Target, _ lane: Lane, _ snapshot: Snapshot,
        _ waiter: Waiter
    ) async throws(UpstreamFailure) {
        let patience = min(target.deployment.timeouts.whole ?? Gateway.patience, Gateway.patience)
        let end = LoopTime.now() + patience
        let answer = try await ask(
            target, over: lane.origin, request, deadlines: .init(firstByte: end, idle: patience, whole: end),
            waiter: waiter)
        do throws(UpstreamError) {
            while try await answer.read(limit: snapshot.config.general.limits.responseBodyBytes) == .bytes {}
        } catch {
            throw UpstreamFailure(error, provider: target.access.provider.prefix)
        }
        _ = try AnswerCheck(answer.content, endpoint: endpoint, provider: target.access.provider.prefix)
    }

    /// 16 tokens: the least that some models take (OpenAI's Responses, 2026).
    private static func probeBody(_ endpoint: Endpoint, model: String) -> [UInt8] {
        let text: JSONValue = "test from penstock"
        let members: [JSONValue.Member] =
            switch endpoint {
            case .chatCompletions:
                [
                    .init("messages", [.object([.init("role", "user"), .init("content", text)])]),
                    .init("max_tokens", 16),
                ]
            case .responses: [.init("input", text), .init("max_output_tokens", 16)]
            case .completions: [.init("prompt", text), .init("max_tokens", 16)]
            case .embeddings: [.init("input", text)]
            }
        return JSONValue.object([.init("model", .string(model))] + members).serialized()
    }
}
