internal import EventLoop
internal import Model
internal import Providers
internal import Routing
internal import Upstream

/// `enable_pre_call_checks`: whom a prompt is too long for is not asked. A value.
struct PromptCheck {
    /// About how long the prompt is.
    private let tokens: Int

    init(of body: RequestBody, _ waiter: Waiter) async {
        var estimate = PromptEstimate()
        while !estimate.advance(over: body.bytes, by: LargeText.partBytes) { await waiter.yield() }
        tokens = estimate.tokens
    }

    /// Those that take the prompt; all of them when none does, since then one of them says so.
    func fitting(_ targets: [Target]) -> [Target] {
        let fitting = targets.filter { !isTooLong(for: $0) }
        return fitting.isEmpty ? targets : fitting
    }

    /// What stands for the answer of a target that is not asked; it ends as it would if the upstream had said so.
    ///
    /// - Parameter model: the client's name for it.
    /// - Returns: `nil` when the target takes the prompt.
    func failure(of target: Target, model: String) -> UpstreamFailure? {
        guard isTooLong(for: target) else { return nil }
        var failure = UpstreamFailure(
            cause: .status, provider: target.access.provider.prefix, status: 400,
            message: "The prompt is longer than the context length of '\(model)': about \(tokens) tokens, and "
                + "model_info.max_input_tokens is \(target.deployment.limits.maxInputTokens ?? 0) "
                + "(router_settings.enable_pre_call_checks).")
        failure.type = "invalid_request_error"
        failure.code = Array("\"context_length_exceeded\"".utf8)
        return failure
    }

    private func isTooLong(for target: Target) -> Bool {
        target.deployment.limits.maxInputTokens.map { tokens > $0 } ?? false
    }
}
