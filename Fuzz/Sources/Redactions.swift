internal import JSONText
internal import Model
internal import Observability

func checkRedactor(_ input: [UInt8]) {
    checkRedactedJSON(input)
    let redacted = redactor.redact(input)
    for secret in knownSecrets {
        require(!contains(redacted, Array(secret.utf8)), "a known secret is gone: \(text(redacted))")
    }
    requireEqual(redactor.redact(redacted), redacted, "nothing is left to redact: \(text(redacted))")
    if !contains(redacted, Array("[redacted]".utf8)) { requireEqual(redacted, input, "the rest stays") }
}

/// One contains another, one holds bytes that no token has, one has the shape of a key anyway.
private let knownSecrets = ["hunter2", "hunter2hunter", "pass word!", "sk-abcdefghij"]
private let redactor = Redactor(secrets: knownSecrets.map(Secret.init))

private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
    guard bytes.count >= part.count else { return false }
    return (0...(bytes.count - part.count)).contains { bytes[$0..<($0 + part.count)].elementsEqual(part) }
}

/// JSON stays JSON, whatever is taken out of it.
private func checkRedactedJSON(_ input: [UInt8]) {
    guard (try? JSONValue.parse(input.span)) != nil else { return }
    let redacted = redactor.redact(json: input)
    require((try? JSONValue.parse(redacted.span)) != nil, "JSON stays JSON: \(text(redacted))")
    requireEqual(redactor.redact(json: redacted), redacted, "nothing is left to redact: \(text(redacted))")
}
