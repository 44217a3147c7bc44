/// What one scan found. Owns its storage and is never copied, so that adding to it costs neither a test whether it is
/// shared nor a reference count; most scans need one small block.
@safe package struct FindList: ~Copyable {
    @usableFromInline var base: UnsafeMutablePointer<PathScan.Find>
    /// An answer with usage in either dialect has about fifteen.
    private var capacity = 24
    package private(set) var count = 0
    /// There were more than it keeps: the last place holds what came last.
    private(set) var isFull = false
    /// What a text full of wanted values costs has to have an end.
    private static let most = 98_304

    init() {
        unsafe base = UnsafeMutablePointer<PathScan.Find>.allocate(capacity: capacity)
    }

    // A find owns nothing, so there is nothing to take apart.
    deinit { unsafe base.deallocate() }

    @inline(__always)
    mutating func append(_ find: PathScan.Find) {
        if count == capacity { grow() }
        // Below the capacity, by the line before.
        unsafe (base + count).initialize(to: find)
        count &+= 1
    }

    @inline(never)
    private mutating func grow() {
        guard capacity < FindList.most else {
            isFull = true
            count -= 1
            return
        }
        let grown = UnsafeMutablePointer<PathScan.Find>.allocate(capacity: capacity * 2)
        unsafe grown.moveInitialize(from: base, count: count)
        unsafe base.deallocate()
        unsafe base = grown
        capacity *= 2
    }

    @inlinable package subscript(_ place: Int) -> PathScan.Find {
        precondition(place >= 0 && place < count, "a find is one of those that were made")
        return unsafe base[place]
    }
}
