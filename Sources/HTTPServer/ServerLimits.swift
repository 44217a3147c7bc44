package import HTTPWire

/// What a server takes of a client, and how long it waits for one.
package struct ServerLimits: Sendable, Equatable {
    package var head: RequestLimits
    /// Of one request. Default 32 MiB; answer 413.
    package var requestBodyBytes: Int
    /// From the first byte of a head to its end, in all. Default 10 s; answer 408.
    package var headerTime: Duration
    /// Without progress in a body. Default 30 s; answer 408.
    package var bodyTime: Duration
    /// Idle between two requests. Default 75 s; the connection is closed.
    package var idleTime: Duration
    /// Without progress in writing. Default 60 s; the connection is closed.
    package var writeTime: Duration

    package init(
        head: RequestLimits = RequestLimits(), requestBodyBytes: Int = 32 << 20, headerTime: Duration = .seconds(10),
        bodyTime: Duration = .seconds(30), idleTime: Duration = .seconds(75), writeTime: Duration = .seconds(60)
    ) {
        self.head = head
        self.requestBodyBytes = requestBodyBytes
        self.headerTime = headerTime
        self.bodyTime = bodyTime
        self.idleTime = idleTime
        self.writeTime = writeTime
    }
}
