/// Servers that answer some requests and refuse others for what is in them.
extension FakeFault {
    /// `nil`: the request is answered.
    func refusal(of json: FakeJSON, _ dialect: FakeDialect) -> FakeError? {
        switch self {
        case .noUsageOptions:
            // As FastAPI says it; the name stands in the place alone.
            json["stream_options"] == nil
                ? nil
                : FakeError(
                    422,
                    body: """
                        {"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],\
                        "msg":"Extra inputs are not permitted"}]}
                        """)
        case .vectorsOnly:
            dialect == .embeddings
                ? nil : FakeError(400, "This is an embedding model: it does not support chat completions.")
        case .refusesStop:
            // The client's words without quotes, as Go and Rust write them; without any, what such words pass off.
            json["stop"]?.string.map { FakeError(400, "The stop sequence \($0) cannot be used.") }
                ?? FakeError(400, "Invalid API key.")
        default: nil
        }
    }
}
