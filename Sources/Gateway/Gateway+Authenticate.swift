internal import EventLoop
internal import HTTPServer
internal import HTTPWire
internal import Model
internal import Observability

extension Gateway {
    /// Lets the request go on if it carries the key. Wrong ones are counted for the client's address.
    /// - Throws: `.missingKey`, `.malformedAuthorization`, `.wrongKey` or `.tooManyWrongKeys`.
    func authenticate(_ exchange: ServerExchange, _ snapshot: Snapshot) throws(GatewayError) {
        let authentication = snapshot.authentication
        guard let key = try authentication.presentedKey(exchange.head) else { return }
        guard let throttle = state.throttle else {
            guard authentication.accepts(key, of: exchange.head) else {
                throw .refusedKey(authentication.describe(key, of: exchange.head))
            }
            return
        }
        let client = exchange.clientNetwork
        // Once a connection has shown the right key, nothing but the comparison is left of all this.
        if !exchange.hasShownKey {
            let now = reactor.now
            if let wait = throttle.withLock({ $0.wait(of: client, at: now) }) {
                throw .tooManyWrongKeys(retryAfterSeconds: wait.wholeSeconds)
            }
        }
        if authentication.accepts(key, of: exchange.head) {
            guard !exchange.hasShownKey else { return }
            exchange.hasShownKey = true
            let now = reactor.now
            throttle.withLock { $0.rightKey(from: client, at: now) }
        } else {
            let now = reactor.now
            guard let wait = throttle.withLock({ $0.wrongKey(from: client, at: now) }) else {
                throw .refusedKey(authentication.describe(key, of: exchange.head))
            }
            throw .tooManyWrongKeys(retryAfterSeconds: wait.wholeSeconds)
        }
    }
}
