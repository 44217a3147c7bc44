internal import EventLoop
internal import HTTPWire
internal import JSONText
internal import Model
internal import Observability
internal import Routing
internal import Upstream

extension Gateway {
    /// The longest body of an error answer that is read to learn what went wrong.
    private static let errorBodyBytes = 1 << 20

    /// One exchange with one deployment, up to a head that says success.
    ///
    /// - Throws: what the upstream, or the way to it, did wrong.
    func ask(
        _ target: Target, _ wire: borrowing ByteBuffer, deadlines: UpstreamClient.Deadlines, waiter: Waiter
    ) async throws(UpstreamFailure) -> UpstreamAnswer {
        let provider = target.provider.prefix
        do throws(UpstreamError) {
            let destination = UpstreamTarget(origin: target.deployment.base.origin, tls: target.deployment.tls)
            let answer = try await client.send(wire, to: destination, deadlines: deadlines, waiter: waiter)
            if (200..<300).contains(answer.head.status) { return answer }
            while try await answer.read(limit: Gateway.errorBodyBytes) == .bytes {}
            return try failure(of: answer, provider: provider)
        } catch {
            throw UpstreamFailure(error, provider: provider)
        }
    }
}
