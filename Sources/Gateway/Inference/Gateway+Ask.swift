internal import EventLoop
internal import HTTPWire
internal import Model
internal import Observability
internal import Providers
internal import Routing
internal import Upstream

extension Gateway {
    /// The longest body of an error answer that is read to learn what went wrong.
    private static let errorBodyBytes = 1 << 20

    /// One exchange with one deployment, up to a head that says success.
    ///
    /// - Throws: what the upstream, or the way to it, did wrong.
    func ask(
        _ target: Target, over origin: UpstreamOrigin, _ request: OutgoingRequest,
        deadlines: UpstreamClient.Deadlines, waiter: Waiter,
        pulse: UpstreamClient.Pulse? = nil
    ) async throws(UpstreamFailure) -> UpstreamAnswer {
        let provider = target.access.provider.prefix
        let answer: UpstreamAnswer
        do throws(UpstreamError) {
            answer = try await client.send(
                request, to: origin, deadlines: deadlines, waiter: waiter, pulse: pulse)
            if (200..<300).contains(answer.head.status) { return answer }
            while try await answer.read(limit: Gateway.errorBodyBytes) == .bytes {}
        } catch {
            throw UpstreamFailure(error, provider: provider)
        }
        var failure = UpstreamFailure(
            status: answer.head.status, fields: answer.head.fields, body: answer.content, provider: provider)
        if failure.status == 400 || failure.status == 422 {
            failure.namesUsageOptions = UpstreamFailure.nameUsageOptions(answer.content)
        }
        throw failure
    }

    /// `--log-level debug` shows what goes upstream as a curl command that can be run again once its key is put in.
    ///
    /// - Parameter redactor: of the client's request, when it has one of its own.
    func logUpstreamRequest(
        _ request: OutgoingRequest, to target: Target, requestID: String, _ redactor: Redactor?
    ) {
        let command = CurlCommand(request.whole, base: target.deployment.base, added: target.deployment.defaults).text
        state.log.write(
            .debug, "upstream request", redactedBy: redactor,
            ["request_id": .text(requestID), "curl": .text(command)])
    }
}

extension UpstreamFailure {
    fileprivate static func nameUsageOptions(_ content: borrowing ByteBuffer) -> Bool {
        nameUsageOptions(content.bytes)
    }
}
