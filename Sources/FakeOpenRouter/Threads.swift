import Glibc

/// Starts a detached thread. Connections of the fake block, so they may not sit on the cooperative pool.
///
/// When no thread can be made the work is dropped, and the socket it captured closes with it.
package func startThread(_ work: @escaping @Sendable () -> Void) {
    let box = unsafe Unmanaged.passRetained(ThreadWork(work))
    var thread = pthread_t()
    let failure = unsafe pthread_create(
        &thread, nil,
        { raw in
            guard let raw = unsafe raw else { return nil }
            unsafe Unmanaged<ThreadWork>.fromOpaque(raw).takeRetainedValue().run()
            return nil
        }, box.toOpaque())
    if failure == 0 { pthread_detach(thread) } else { unsafe box.release() }
}

private final class ThreadWork: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
