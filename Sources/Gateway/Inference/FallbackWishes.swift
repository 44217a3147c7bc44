internal import JSONText
internal import Model
internal import Providers
internal import Routing

/// A request's own lists of fallbacks: `["b"]`, `[{"model":"b","temperature":0}]`, or the configuration's form
/// `[{"a":["b"]}]`. Read by one pass, and refused when they are long: each entry is looked up when its turn comes.
enum FallbackWishes {
    /// In a list, and of names that it leads to.
    static let mostEntries = 20
    /// Members that one entry sets.
    static let mostMembers = 32
    static let longestMemberName = 256
    /// Of the list as it is written.
    static let mostBytes = 2 << 20

    /// - Parameters:
    ///   - name: of the list, for errors.
    ///   - envelope: of the request.
    static func read(
        _ range: Range<Int>, _ name: String, _ body: Span<UInt8>, _ envelope: Envelope
    ) throws(GatewayError) -> [RequestPolicy.FallbackEntry] {
        guard jsonKind(of: range, in: body) == .array else {
            throw .invalidRequest(
                param: name, message: "'\(name)' must be an array of model names, or of objects with a 'model'.")
        }
        guard range.count <= mostBytes else {
            throw .invalidRequest(param: name, message: "'\(name)' must have at most \(mostBytes) bytes.")
        }
        var entries: [RequestPolicy.FallbackEntry] = []
        var elements = JSONElements(range, in: body)
        var count = 0
        while let element = elements.next() {
            count += 1
            guard count <= mostEntries else { throw tooMany(name) }
            switch jsonKind(of: element, in: body) {
            case .string: entries.append(.init(model: jsonString(element, in: body) ?? ""))
            case .object:
                let members = try members(of: element, name, body)
                if let target = members.last(where: { $0.key == "model" }).flatMap({ jsonString($0.value, in: body) }) {
                    let overrides = try overrides(members, name, body, envelope)
                    entries.append(.init(model: target, overrides: overrides))
                } else {
                    entries += try names(members, name, body, envelope.model)
                }
            case .null, .bool, .number, .array:
                throw .invalidRequest(
                    param: name, message: "'\(name)' must hold model names, or objects with a 'model'.")
            }
            guard entries.count <= mostEntries else { throw tooMany(name) }
        }
        return entries
    }

    private static func tooMany(_ name: String) -> GatewayError {
        .invalidRequest(param: name, message: "'\(name)' must have at most \(mostEntries) entries.")
    }

    private static func members(
        of entry: Range<Int>, _ name: String, _ body: Span<UInt8>
    ) throws(GatewayError) -> [(key: String, value: Range<Int>)] {
        var found: [(key: String, value: Range<Int>)] = []
        var members = JSONMembers(entry, in: body)
        while let (key, value) = members.next() {
            guard found.count <= mostMembers, key.count <= longestMemberName * 6 + 2,
                let text = jsonString(key, in: body), text.utf8.count <= longestMemberName
            else {
                throw .invalidRequest(
                    param: name,
                    message:
                        "An entry of '\(name)' must have at most \(mostMembers) members besides 'model', with names of "
                        + "at most \(longestMemberName) bytes.")
            }
            found.append((text, value))
        }
        return found
    }

    /// What an entry changes in the body; of two equal names the last one counts.
    ///
    /// - Throws: when it sets what a request cannot set, or what is said once for the whole request.
    private static func overrides(
        _ members: [(key: String, value: Range<Int>)], _ name: String, _ body: Span<UInt8>, _ envelope: Envelope
    ) throws(GatewayError) -> [Deployment.BodyMember] {
        var overrides: [Deployment.BodyMember] = []
        for (place, member) in members.enumerated() where !member.key.utf8.elementsEqual("model".utf8) {
            let isLast = !members[(place + 1)...].contains { $0.key.utf8.elementsEqual(member.key.utf8) }
            guard isLast else { continue }
            if member.key == "stream" {
                // The client gets what it asked for: a whole answer can be told as events, events not as a whole answer.
                let kind = jsonKind(of: member.value, in: body)
                guard kind == .null || kind == .bool, envelope.isStream || jsonBool(member.value, in: body) != true
                else {
                    throw .invalidRequest(
                        param: name,
                        message: "An entry of '\(name)' can set 'stream' to false or null, or to what the request says."
                    )
                }
            }
            guard Envelope.mayBeOverridden(member.key) else {
                throw .invalidRequest(
                    param: name, message: "An entry of '\(name)' cannot set '\(member.key)'; it never goes upstream.")
            }
            overrides.append(.init(key: member.key, value: body.array(member.value)))
        }
        return overrides
    }

    /// The configuration's form: what stands under the request's own model, with its provider's prefix or without, else
    /// under `*`.
    private static func names(
        _ members: [(key: String, value: Range<Int>)], _ name: String, _ body: Span<UInt8>, _ model: String
    ) throws(GatewayError) -> [RequestPolicy.FallbackEntry] {
        for wanted in [model] + ModelName.otherSpellings(of: model) + ["*"] {
            guard let list = members.last(where: { Name($0.key) == Name(wanted) }),
                jsonKind(of: list.value, in: body) == .array
            else { continue }
            var entries: [RequestPolicy.FallbackEntry] = []
            var elements = JSONElements(list.value, in: body)
            var count = 0
            while let element = elements.next() {
                count += 1
                guard count <= mostEntries else { throw tooMany(name) }
                if let text = jsonString(element, in: body) { entries.append(.init(model: text)) }
            }
            return entries
        }
        return []
    }
}
