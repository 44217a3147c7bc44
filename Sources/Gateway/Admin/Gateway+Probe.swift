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
        let endpoint = endpoint(of: target, snapshot)
        let name = target.deployment.group
        guard target.speaks(endpoint) else {
            throw .unsupportedEndpoint(endpoint, model: name, provider: target.access.provider.prefix)
        }
        if target.lacksKey, case .environment(let variable) = target.deployment.credential?.source {
            throw .missingProviderKey(provider: target.access.provider.prefix, variable: variable, model: name)
        }
        var body = ByteBuffer()
        body.append(Gateway.probeBody(endpoint, model: name))
        let envelope = try Envelope(body, asked: endpoint, pathModel: nil)
        var builder = UpstreamRequestBuilder(
            target: target, endpoint: endpoint, attribution: snapshot.catalog.attribution)
        let request = OutgoingRequest(builder.build(body: body, envelope: envelope, client: nil))
        let lane = lanes(of: snapshot).lane(of: target)
        var failure: UpstreamFailure?
        do throws(UpstreamFailure) {
            try await exchangeProbe(request, endpoint, target, lane, snapshot, waiter)
        } catch {
            failure = target.access.isOwnAddress ? error : error.told(ofGroup: name)
        }
        if waiter.isGivenUp { throw .clientGone }
        checkEnded(target, failure, lane, snapshot)
        if let failure { throw .upstream(failure) }
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

    private func endpoint(of target: Target, _ snapshot: Snapshot) -> Endpoint {
        switch snapshot.catalog.entries[target.deployment.id]?.info.mode {
        case "embedding": .embeddings
        case "completion": .completions
        case "responses": .responses
        default: .chatCompletions
        }
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
