internal import EventLoop
internal import Model

/// Slows down who guesses keys: after so many wrong ones within a minute a client address has to wait before the next key
/// is looked at. A value without a clock, shared by all loops behind a lock that is taken for a wrong key, and for the
/// first key of a connection.
///
/// Right keys are never slowed where others may share the address: for an address from which the right key has come, and for
/// this machine, where a reverse proxy speaks for everybody, a key is compared whatever went before; a wrong one then gets
/// 429. Elsewhere a waiting address learns nothing, whether its next key is right or not.
///
/// A generic cell rate algorithm: the moment at which all of an address's wrong keys would be worked off is all there is to
/// remember of them, and once that has passed there is nothing to remember.
struct AuthenticationThrottle: Sendable {
    /// Between two wrong keys, in the long run.
    private let interval: Duration
    /// How far ahead of the clock an address may be: `limit` wrong keys at once.
    private let tolerance: Duration
    private var recent: [ClientNetwork: Client] = [:]
    /// Forgotten when `recent` is full: who was not heard of since then.
    private var older: [ClientNetwork: Client] = [:]
    /// At most twice as many addresses are remembered, in about 400 KB. Somebody with more of them could make the throttle
    /// forget, but needs a new one for every key or so.
    static let mostRecent = 4096

    private struct Client {
        var workedOffAt: LoopTime
        /// The right key has come from here.
        var isKnown = false
    }

    /// - Parameter limit: of wrong keys a minute; at least 1.
    init(limit: Int) {
        interval = .seconds(60) / max(1, limit)
        tolerance = .seconds(60) - interval
    }

    /// How long `client` has to wait before a key of it is compared; `nil`: not at all.
    func wait(of client: ClientNetwork, at now: LoopTime) -> Duration? {
        guard !client.isLoopback, let known = self[client], !known.isKnown else { return nil }
        return wait(until: known.workedOffAt, at: now)
    }

    /// Counts a wrong key.
    /// - Returns: How long until it would count as one of the first few again; `nil`: it is one of them.
    mutating func wrongKey(from client: ClientNetwork, at now: LoopTime) -> Duration? {
        var known = self[client] ?? Client(workedOffAt: now)
        if let wait = wait(until: known.workedOffAt, at: now) { return wait }
        known.workedOffAt = max(known.workedOffAt, now) + interval
        remember(known, of: client)
        return nil
    }

    /// Notes that `client` has the right key.
    mutating func rightKey(from client: ClientNetwork, at now: LoopTime) {
        var known = self[client] ?? Client(workedOffAt: now)
        known.isKnown = true
        remember(known, of: client)
    }

    /// How many addresses are remembered.
    var count: Int { recent.count + older.count }

    private func wait(until workedOffAt: LoopTime, at now: LoopTime) -> Duration? {
        let left = workedOffAt - (now + tolerance)
        return left > .zero ? left : nil
    }

    private subscript(client: ClientNetwork) -> Client? { recent[client] ?? older[client] }

    private mutating func remember(_ known: Client, of client: ClientNetwork) {
        if recent.count >= AuthenticationThrottle.mostRecent, recent[client] == nil {
            older = recent
            recent = [:]
        }
        recent[client] = known
    }
}
