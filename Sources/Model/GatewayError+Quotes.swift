extension GatewayError {
    /// What the message repeats of the client's own words: names, paths, values. Where they stand inside a sentence it is the
    /// whole sentence. An upstream's words are none.
    package var quotedTexts: [String] {
        switch self {
        case .invalidRequest(let param, let message): [message] + (param.map { [$0] } ?? [])
        case .missingParameter(let name, let hint): [name, hint]
        case .malformedJSON(let message), .unsupportedMediaType(let message), .unsupportedCoding(let message, _),
            .bodyNotUnpacked(let message), .unusableModel(let message, _):
            [message]
        case .unknownModel(let name, _): [name]
        case .unknownPath(_, let path, let hint): [path] + (hint.map { [$0] } ?? [])
        case .unservedPath(_, let path, let hint): [path, hint]
        case .methodNotAllowed(_, let path, _, let hint): [path] + (hint.map { [$0] } ?? [])
        case .unsupportedEndpoint(_, let model, _), .missingProviderKey(_, _, let model), .limited(let model),
            .requestTimedOut(let model):
            [model]
        case .resting(let resting): [resting.model]
        case .noTagMatch(let tags): tags
        case .foreignPage(let origin, _): origin.map { [$0] } ?? []
        case .foreignHost(let host): [host]
        case .malformedAuthorization(.otherField(let name)): [name]
        case .bodyTooLarge, .bodyTimedOut, .bodyMalformed, .missingKey, .malformedAuthorization, .wrongKey, .refusedKey,
            .tooManyWrongKeys, .foreignAddress, .unnamedPage, .upstream, .clientGone:
            []
        }
    }
}
