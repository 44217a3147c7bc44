internal import ConfigFile
internal import EventLoop
internal import HTTPServer
internal import Model
internal import Observability
internal import Routing
internal import Upstream

/// Comments to a streaming client, so that nobody on the way takes a thinking model for a dead connection.
///
/// The first one commits to a 200, and to nothing else: until content has gone out, another deployment may still answer,
/// and a failure is then told by an event.
extension Inference {
    /// Silence after which a comment is due; zero or less switches them off.
    func heartbeatInterval(_ target: Target) -> Duration {
        target.deployment.timeouts.heartbeat ?? snapshot.config.general.keepalive
    }

    /// For the time in which the upstream has not answered at all.
    func heartbeat(_ target: Target) -> UpstreamClient.Pulse? {
        let interval = heartbeatInterval(target)
        guard interval > .zero else { return nil }
        return UpstreamClient.Pulse(every: interval) { [unowned self] in await sendHeartbeat(nil, target) }
    }

    /// - Returns: `false` when the client is gone.
    func sendHeartbeat(_ answer: UpstreamAnswer?, _ target: Target) async -> Bool {
        startStream(answer, target)
        var comment = ByteBuffer()
        comment.append(": keep-alive\n\n")
        record.answerBytes += comment.count
        return await exchange.send(comment)
    }

    /// Writes the stream's head, unless a heartbeat has done it; it leaves with the next bytes.
    ///
    /// - Parameter answerer: a head that left with a heartbeat does not name it.
    func startStream(_ answer: UpstreamAnswer?, _ target: Target, by answerer: KnownAnswerer? = nil) {
        guard !exchange.hasAnswered else { return }
        record.status = 200
        var fields = streamFields(answer, target)
        if let answerer { fields.add(answerer.lines) }
        exchange.startStream(status: 200, fields: fields)
    }
}
