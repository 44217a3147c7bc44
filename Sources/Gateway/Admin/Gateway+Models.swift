internal import ConfigFile
internal import EventLoop
internal import HTTPServer
internal import HTTPWire
internal import JSONText
internal import Model
internal import Observability
internal import Providers
internal import Routing

/// `/v1/models`, `/v1/models/{id}` and `/model/info`.
extension Gateway {
    /// LiteLLM's constant; clients only want a number there.
    private static let created = 1_677_610_602

    /// Lines that are written in one turn of the loop.
    private static let linesOfOneTurn = 500

    /// A large catalog's list takes long to write, and the loop has others to serve.
    func answerModelList(_ exchange: ServerExchange, _ record: RequestRecord, _ snapshot: Snapshot) async {
        var body = Array(#"{"data":["#.utf8)
        let groups = groupsByName(snapshot)
        for (number, listed) in snapshot.catalog.listing().enumerated() {
            if number > 0 { body.append(UInt8(ascii: ",")) }
            if number % Gateway.linesOfOneTurn == Gateway.linesOfOneTurn - 1 { await exchange.waiter.yield() }
            body += row(listed, groups, snapshot).serialized()
        }
        body += Array(#"],"object":"list"}"#.utf8)
        var fields = baseFields(record, exchange)
        fields.add("Content-Type", "application/json")
        record.status = 200
        record.answerBytes = body.count
        await exchange.answer(status: 200, fields: fields, body: body)
    }

    private func groupsByName(_ snapshot: Snapshot) -> [Name: [Deployment]] {
        Dictionary(snapshot.catalog.groups.map { (Name($0.name), $0.deployments) }) { first, _ in first }
    }

    /// One model; names with slashes and names that only a wildcard covers work too.
    func model(_ name: String, _ snapshot: Snapshot) throws(GatewayError) -> JSONValue {
        if let listed = snapshot.catalog.listing().first(where: { Name($0.name) == Name(name) }) {
            return row(listed, groupsByName(snapshot), snapshot)
        }
        let route = try snapshot.catalog.route(to: name)
        let provider = route.targets.first?.access.provider.prefix ?? "penstock"
        return .object([
            .init("id", .string(name)), .init("object", "model"), .init("created", .number(Gateway.created)),
            .init("owned_by", .string(provider)), .init("served_by", .string(route.group)),
        ])
    }

    /// OpenAI's fields, then OpenRouter's where something is known.
    private func row(_ listed: ListedModel, _ groups: [Name: [Deployment]], _ snapshot: Snapshot) -> JSONValue {
        let members = groups[Name(listed.aliasOf ?? listed.name)]
        var row: [JSONValue.Member] = [
            .init("id", .string(listed.name)), .init("object", "model"), .init("created", .number(Gateway.created)),
            .init("owned_by", .string(members?.first?.provider ?? provider(of: listed.name, snapshot))),
            .init("name", .string(listed.name)),
        ]
        if listed.isWildcard {
            row.append(.init("wildcard", true))
            row.append(.init("description", "Not a model itself: ask for any name that this pattern matches."))
        }
        if let target = listed.aliasOf { row.append(.init("alias_of", .string(target))) }
        if let mode = listed.mode { row.append(.init("mode", .string(mode))) }
        if let most = listed.maxInputTokens {
            row.append(.init("context_length", .number(most)))
            row.append(.init("max_input_tokens", .number(most)))
        }
        if let most = listed.maxOutputTokens { row.append(.init("max_output_tokens", .number(most))) }
        if let price = members?.lazy.compactMap(\.price).first {
            // OpenRouter gives prices as decimal strings, US dollars per token.
            row.append(
                .init(
                    "pricing",
                    .object([
                        .init("prompt", .string(decimal(price.input))),
                        .init("completion", .string(decimal(price.output))),
                    ])))
        }
        return .object(row)
    }

    private func provider(of name: String, _ snapshot: Snapshot) -> String {
        guard let route = try? snapshot.catalog.resolve(name), let target = route.targets.first else {
            return "penstock"
        }
        return target.access.provider.prefix
    }

    /// A small price without an exponent.
    private func decimal(_ price: Double) -> String {
        guard price > 0, price < 1 else { return "\(price)" }
        let text = "\(price)"
        guard let mark = text.firstIndex(of: "e"), let exponent = Int(text[text.index(after: mark)...]) else {
            return text
        }
        let digits = text[..<mark].filter { $0 != "." }
        return "0." + String(repeating: "0", count: max(0, -exponent - 1)) + digits
    }

    /// Every deployment under its group's name, then those behind each visible alias under the alias.
    func modelInfo(_ snapshot: Snapshot) -> JSONValue {
        var rows = snapshot.catalog.groups.flatMap(\.deployments).map { info(of: $0, as: $0.group, nil, snapshot) }
        for listed in snapshot.catalog.listing() where listed.aliasOf != nil {
            guard let route = try? snapshot.catalog.resolve(listed.name, suggesting: false) else { continue }
            for target in route.targets { rows.append(info(of: target.deployment, as: listed.name, target, snapshot)) }
        }
        return .object([.init("data", .array(rows))])
    }

    /// - Parameter target: what an alias leads to; a wildcard's deployment has no model of its own to show.
    private func info(
        of deployment: Deployment, as name: String, _ target: Target?, _ snapshot: Snapshot
    ) -> JSONValue {
        let entry = snapshot.catalog.entries[deployment.id]
        var params = entry?.params.written.filter { !namesSecret($0.key) } ?? []
        if let target, isPattern(deployment.configuredModel) {
            let model: JSONValue = .string("\(deployment.provider)/\(target.upstreamModel)")
            params = params.map { $0.key == "model" ? .init("model", model) : $0 }
        }
        if !params.contains(where: { $0.key == "api_base" }) {
            params.append(.init("api_base", .string(deployment.base.text)))
        }
        var info = entry?.info.members.filter { $0.key != "id" } ?? []
        info.insert(.init("id", .string(deployment.id)), at: 0)
        info.append(.init("db_model", false))
        if !info.contains(where: { $0.key == "litellm_provider" }) {
            info.append(.init("litellm_provider", .string(deployment.provider)))
        }
        if let price = deployment.price, !info.contains(where: { $0.key == "input_cost_per_token" }) {
            info.append(.init("input_cost_per_token", .number(price.input)))
            info.append(.init("output_cost_per_token", .number(price.output)))
        }
        return .object([
            .init("model_name", .string(name)), .init("litellm_params", .object(params)),
            .init("model_info", .object(info)),
        ])
    }

    /// `GET /v1/route?model=…&endpoint=…`: what `penstock explain` prints.
    func explainRoute(_ head: RequestHead, _ snapshot: Snapshot) throws(GatewayError) -> RouteExplanation {
        let query = QueryItems(head.query ?? "")
        guard let model = query["model"], !model.isEmpty else {
            throw .missingParameter("model", hint: "Ask for /v1/route?model=<name>.")
        }
        var endpoint = Endpoint.chatCompletions
        if let name = query["endpoint"] {
            guard let known = Endpoint(named: name) else {
                throw .invalidRequest(
                    param: "endpoint",
                    message: "'endpoint' must be one of chat/completions, responses, completions, embeddings.")
            }
            endpoint = known
        }
        return RouteExplanation(try snapshot.catalog.route(to: model), endpoint: endpoint)
    }
}

/// The items of a query, percent-decoded (RFC 3986 §3.4); `+` is a blank, as forms write it.
struct QueryItems {
    private let items: [(name: String, value: String)]

    init(_ query: String) {
        items = query.utf8.split(separator: UInt8(ascii: "&")).map { item in
            let parts = item.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            return (QueryItems.decode(parts[0]), parts.count > 1 ? QueryItems.decode(parts[1]) : "")
        }
    }

    subscript(name: String) -> String? { items.first { Name($0.name) == Name(name) }?.value }

    private static func decode(_ text: Substring.UTF8View) -> String {
        let bytes = Array(text)
        var out: [UInt8] = []
        var index = 0
        while index < bytes.count {
            // `UInt8` would take a sign for a digit.
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, bytes[index + 1] >= UInt8(ascii: "0"),
                let byte = UInt8(String(decoding: bytes[index + 1...index + 2], as: UTF8.self), radix: 16)
            {
                out.append(byte)
                index += 3
            } else {
                out.append(bytes[index] == UInt8(ascii: "+") ? UInt8(ascii: " ") : bytes[index])
                index += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
