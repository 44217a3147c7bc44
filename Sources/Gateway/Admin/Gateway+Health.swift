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

/// `GET /health`: a real, small call to every deployment, built by the same code as a client's request.
extension Gateway {
    private static let patience = Duration.seconds(60)
    /// Calls under way at once, so that many deployments neither take for ever nor open everything together.
    private static let callsAtOnce = 8

    func health(_ exchange: ServerExchange, _ snapshot: Snapshot) async -> JSONValue {
        let query = QueryItems(exchange.head.query ?? "")
        let board = HealthBoard(waiter: exchange.waiter)
        var candidates = snapshot.catalog.groups.flatMap(\.deployments)
        if let wanted = query["model"] { candidates = candidates.filter { $0.group == wanted } }
        if let wanted = query["model_id"] { candidates = candidates.filter { $0.id == wanted } }
        for deployment in candidates {
            while board.running >= Gateway.callsAtOnce, !exchange.isClientGone {
                await exchange.waiter.wait(until: .never)
            }
            if exchange.isClientGone { break }
            start(deployment, board, snapshot)
        }
        while board.running > 0, !exchange.isClientGone { await exchange.waiter.wait(until: .never) }
        return board.json
    }

    private func start(_ deployment: Deployment, _ board: HealthBoard, _ snapshot: Snapshot) {
        board.running += 1
        let shared = LoopBound((gateway: self, board: board), on: loop)
        loop.spawn { _ in
            let (gateway, board) = shared.onLoop
            let outcome = await gateway.check(deployment, snapshot)
            board.note(deployment, outcome, redactor: snapshot.redactor)
        }
    }

    fileprivate enum Outcome {
        case healthy
        case unhealthy(GatewayError)
        case unchecked(String)
    }

    private func check(_ deployment: Deployment, _ snapshot: Snapshot) async -> Outcome {
        let entry = snapshot.catalog.entries[deployment.id]
        let name = entry?.info.healthCheckModel ?? deployment.group
        guard !name.contains("*") else {
            return .unchecked("a wildcard has no model of its own to call; set model_info.health_check_model")
        }
        let endpoint: Endpoint =
            switch entry?.info.mode {
            case "embedding": .embeddings
            case "completion": .completions
            case "responses": .responses
            default: .chatCompletions
            }
        do throws(GatewayError) {
            let route = try snapshot.catalog.route(to: name)
            let found = route.targets.first { $0.deployment.id == deployment.id } ?? route.targets.first
            guard let target = found else { return .unchecked("no deployment") }
            if deployment.mock != nil { return .healthy }
            try await probe(target, endpoint, name, snapshot)
            return .healthy
        } catch {
            return .unhealthy(error)
        }
    }

    private func probe(_ target: Target, _ endpoint: Endpoint, _ name: String, _ snapshot: Snapshot)
        async throws(GatewayError)
    {
        guard target.speaks(endpoint) else {
            throw .unsupportedEndpoint(endpoint, model: name, provider: target.provider.prefix)
        }
        if target.lacksKey, case .environment(let variable) = target.deployment.credential?.source {
            throw .missingProviderKey(provider: target.provider.prefix, variable: variable, model: name)
        }
        var body = ByteBuffer()
        body.append(Gateway.probeBody(endpoint, model: name))
        let envelope = try Envelope(body, asked: endpoint, pathModel: nil)
        var builder = UpstreamRequestBuilder(
            target: target, endpoint: endpoint, attribution: snapshot.catalog.attribution)
        let wire = builder.build(body: body, envelope: envelope, client: nil)
        let end = reactor.now + Gateway.patience
        let waiter = Waiter(on: reactor)
        defer { waiter.retire() }
        do throws(UpstreamFailure) {
            let answer = try await ask(
                target, wire, deadlines: .init(firstByte: end, idle: Gateway.patience, whole: end), waiter: waiter)
            do throws(UpstreamError) {
                while try await answer.read(limit: snapshot.config.general.limits.responseBodyBytes) == .bytes {}
            } catch {
                throw UpstreamFailure(error, provider: target.provider.prefix)
            }
            _ = try AnswerCheck(answer.content, endpoint: endpoint, provider: target.provider.prefix)
        } catch {
            throw .upstream(error)
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

/// What the calls of one `/health` have found. Loop-owned.
private final class HealthBoard {
    var running = 0
    private let waiter: Waiter
    private var healthy: [JSONValue] = []
    private var unhealthy: [JSONValue] = []
    private var unchecked: [JSONValue] = []

    init(waiter: Waiter) {
        self.waiter = waiter
    }

    func note(_ deployment: Deployment, _ outcome: Gateway.Outcome, redactor: Redactor) {
        running -= 1
        var row: [JSONValue.Member] = [
            .init("model", .string(deployment.configuredModel)), .init("model_name", .string(deployment.group)),
            .init("model_id", .string(deployment.id)), .init("api_base", .string(deployment.base.text)),
        ]
        switch outcome {
        case .healthy: healthy.append(.object(row))
        case .unhealthy(let error):
            let found = error.outcome
            row.append(.init("error", .string(redactor.redact(found.message))))
            row.append(.init("exception_status", .number(found.status)))
            unhealthy.append(.object(row))
        case .unchecked(let reason):
            row.append(.init("reason", .string(reason)))
            unchecked.append(.object(row))
        }
        waiter.wake()
    }

    var json: JSONValue {
        .object([
            .init("healthy_endpoints", .array(healthy)), .init("unhealthy_endpoints", .array(unhealthy)),
            .init("unchecked_endpoints", .array(unchecked)), .init("healthy_count", .number(healthy.count)),
            .init("unhealthy_count", .number(unhealthy.count)), .init("unchecked_count", .number(unchecked.count)),
        ])
    }
}
