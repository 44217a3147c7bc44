import ConfigFile
import JSONText
import Model
import Providers

/// What every request to a deployment carries, and what it is worth.
extension DeploymentBuilder {
    /// `extra_headers`, the organization, and the attribution where the provider takes it. Names once each.
    func headers(_ params: ModelParams, of row: Provider, notes: inout Notes) -> [Deployment.HeaderField] {
        var fields: [Deployment.HeaderField] = []
        func set(_ field: Deployment.HeaderField) {
            fields.removeAll { $0.name == field.name }
            fields.append(field)
        }
        for (name, reference) in params.extraHeaders {
            guard FieldSyntax.isName(name), !FieldSyntax.ownedByTheConnection.contains(name.lowercased()) else {
                notes.add(.fieldRefused(name: name))
                continue
            }
            let text = reference.secret?.reveal() ?? reference.variable.flatMap { value(of: $0) }
            guard let text else {
                notes.add(.fieldNotSet(name: name, variable: reference.variable ?? "its value"))
                continue
            }
            guard FieldSyntax.isValue(text) else {
                notes.add(.fieldRefused(name: name))
                continue
            }
            set(.init(name: name.lowercased(), value: text))
        }
        let names = Set(fields.map(\.name))
        if let organization = params.organization, !organization.isEmpty, !names.contains("openai-organization") {
            if let text = DeploymentBuilder.variable(in: organization).map({ value(of: $0) }) ?? organization,
                FieldSyntax.isValue(text)
            {
                set(.init(name: "openai-organization", value: text))
            } else {
                notes.add(.fieldRefused(name: "openai-organization"))
            }
        }
        if row.wantsAttribution {
            for field in attribution.fields where !names.contains(field.name) { set(field) }
        }
        return fields
    }

    /// Parameters that are the request's by nature, then `extra_body`; a later one of the same name wins.
    func defaults(_ params: ModelParams) -> [Deployment.BodyMember] {
        var members: [Deployment.BodyMember] = []
        var places: [Name: Int] = [:]
        for member in params.defaults + params.extraBody {
            let text = Deployment.BodyMember(key: member.key, value: member.value.serialized())
            if let place = places[Name(member.key)] {
                members[place] = text
            } else {
                places[Name(member.key)] = members.count
                members.append(text)
            }
        }
        return members
    }

    func limits(_ params: ModelParams, _ info: ModelInfo) -> Deployment.Limits {
        var limits = Deployment.Limits()
        limits.requestsPerMinute = params.requestsPerMinute
        limits.tokensPerMinute = params.tokensPerMinute
        limits.maxParallelRequests = params.maxParallelRequests ?? defaultMaxParallelRequests
        limits.weight = params.weight
        limits.order = params.order
        limits.tags = params.tags
        limits.maxInputTokens = info.maxInputTokens
        return limits
    }

    /// A price of which one half is missing counts that half as free. Nonsense is no price.
    func price(_ params: ModelParams, _ info: ModelInfo) -> Deployment.Price? {
        let input = params.inputCostPerToken ?? info.inputCostPerToken
        let output = params.outputCostPerToken ?? info.outputCostPerToken
        guard input != nil || output != nil else { return nil }
        let price = Deployment.Price(input: input ?? 0, output: output ?? 0)
        return [price.input, price.output].allSatisfy { $0 >= 0 && $0.isFinite } ? price : nil
    }

    func mock(_ answer: JSONValue?) -> Deployment.MockAnswer? {
        switch answer {
        case .string(let text): .text(text)
        case .object: answer.map { .body($0.serialized()) }
        case nil, .null, .bool, .number, .array: nil
        }
    }
}
