/// When memory goes back to the system: a burst of connections leaves its heap behind, and malloc keeps what lies between
/// pieces that live on (86 MB after 5000 streams, of which 60 MB were free). A value; it is asked every few seconds.
struct BurstMemory {
    /// Fewer connections leave too little to be worth a walk through the heap.
    private static let burst = 256

    private var most = 0
    private var last = 0

    /// Whether a burst is over: less than half of its connections are left, and no new ones came since the last time.
    mutating func isToTrim(connections: Int) -> Bool {
        most = max(most, connections)
        defer { last = connections }
        guard connections <= last, most - connections >= BurstMemory.burst, connections <= most / 2 else {
            return false
        }
        most = connections
        return true
    }
}
