internal import CLinux
internal import Glibc

/// A growing queue of bytes: written at the end, read and consumed at the front. Owns its storage; never shared.
///
/// An empty buffer can give its storage back (`releaseIfLarge`), so a stream that waits costs none. Storage of usual sizes
/// comes from a list of the thread's own: taking and giving it is cheap enough to do for every read.
@safe package struct ByteBuffer: ~Copyable {
    private var base: UnsafeMutableRawPointer?
    private var capacity = 0
    @usableFromInline private(set) var head = 0
    @usableFromInline private(set) var tail = 0

    package init() {
        unsafe base = nil
    }

    deinit { unsafe penstock_block_give(base, capacity) }

    @inlinable package var count: Int { tail - head }
    @inlinable package var isEmpty: Bool { head == tail }

    /// What has been written and not yet consumed.
    package var bytes: Span<UInt8> {
        @_lifetime(borrow self) get {
            let region = unsafe UnsafeBufferPointer(
                start: base.map { unsafe UnsafePointer(($0 + head).assumingMemoryBound(to: UInt8.self)) },
                count: tail - head)
            return unsafe _overrideLifetime(Span(_unsafeElements: region), borrowing: self)
        }
    }

    /// Forgets the first `count` bytes, or all there are.
    package mutating func consume(_ count: Int) {
        head += min(max(0, count), tail - head)
        if head == tail { (head, tail) = (0, 0) }
    }

    package mutating func removeAll() {
        (head, tail) = (0, 0)
    }

    /// Keeps the first `count` bytes only.
    package mutating func truncate(to count: Int) {
        tail = min(tail, head + max(0, count))
        if head == tail { (head, tail) = (0, 0) }
    }

    package mutating func append(_ text: StaticString) {
        if text.hasPointerRepresentation {
            unsafe append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        }
    }

    package mutating func append(_ source: Span<UInt8>) {
        unsafe source.withUnsafeBytes { region in unsafe append(region) }
    }

    package mutating func append(_ source: [UInt8]) {
        unsafe source.withUnsafeBytes { region in unsafe append(region) }
    }

    package mutating func append(_ source: borrowing ByteBuffer) {
        append(source.bytes)
    }

    /// Part of what `source` holds; `range` counts from its first unconsumed byte.
    package mutating func append(_ range: Range<Int>, of source: borrowing ByteBuffer) {
        append(source.bytes.extracting(range))
    }

    package mutating func append(text: String) {
        var text = text
        text.withUTF8 { region in unsafe append(UnsafeRawBufferPointer(region)) }
    }

    package mutating func append(byte: UInt8) {
        if tail == capacity { grow(1) }
        unsafe base?.storeBytes(of: byte, toByteOffset: tail, as: UInt8.self)
        tail += 1
    }

    /// The number in decimal digits.
    package mutating func append(decimal number: Int) {
        // Nearly all are a status, a count or some milliseconds.
        if number >= 0, number < 10_000 {
            let small = UInt32(truncatingIfNeeded: number)
            return small < 10
                ? append(byte: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: small))
                : append(digits: small, atLeast: 2)
        }
        if number < 0 { append(byte: UInt8(ascii: "-")) }
        appendDigits(of: UInt64(number.magnitude), base: 10)
    }

    /// A number below 10,000 in at least `width` (1...4) decimal digits, zeros in front: one store for all of them.
    package mutating func append(digits number: UInt32, atLeast width: Int) {
        if capacity - tail < 4 { grow(4) }
        guard let base = unsafe base else { return }
        // Both pairs of digits at once, then all four: a multiplication by 2^12 / 10 and a shift divide what is below 100.
        let high = number / 100
        let pairs = high | (number &- high &* 100) &<< 16
        let tens = (pairs &* 410) &>> 12 & 0x000F_000F
        let digits = (tens | (pairs &- tens &* 10) &<< 8) &+ 0x3030_3030
        let count = max(width, number < 100 ? (number < 10 ? 1 : 2) : (number < 1000 ? 3 : 4))
        unsafe base.storeBytes(
            of: (digits &>> UInt32(truncatingIfNeeded: (4 &- count) &* 8)).littleEndian, toByteOffset: tail,
            as: UInt32.self)
        tail &+= count
    }

    /// The number in hexadecimal digits, lower case.
    package mutating func append(hexadecimal number: Int) {
        if number < 0 { append(byte: UInt8(ascii: "-")) }
        appendDigits(of: UInt64(number.magnitude), base: 16)
    }

    @inline(__always)
    private mutating func appendDigits(of number: UInt64, base radix: UInt64) {
        // The longest is 2^64 - 1 in decimal.
        if capacity - tail < 20 { grow(20) }
        guard let base = unsafe base else { return }
        var count = 1
        var limit = radix
        while number >= limit {
            count += 1
            let (next, overflow) = limit.multipliedReportingOverflow(by: radix)
            if overflow { break }
            limit = next
        }
        var rest = number
        var place = tail + count
        repeat {
            place -= 1
            let digit = UInt8(truncatingIfNeeded: rest % radix)
            unsafe base.storeBytes(
                of: digit < 10 ? UInt8(ascii: "0") &+ digit : UInt8(ascii: "a") &+ digit &- 10, toByteOffset: place,
                as: UInt8.self)
            rest /= radix
        } while place > tail
        tail += count
    }

    private mutating func append(_ region: UnsafeRawBufferPointer) {
        guard let source = region.baseAddress, unsafe !region.isEmpty else { return }
        if capacity - tail < region.count { grow(region.count) }
        guard let base = unsafe base else { return }
        unsafe memcpy(base + tail, source, region.count)
        tail += region.count
    }

    /// Makes room for `count` more bytes, by moving what there is to the front or by growing.
    package mutating func reserve(_ count: Int) {
        if capacity - tail < count { grow(count) }
    }

    /// Apart, so that the usual append is a comparison and a copy.
    @inline(never)
    private mutating func grow(_ count: Int) {
        let used = tail - head
        if capacity - used >= count, head >= used, let base = unsafe base {
            unsafe memcpy(base, base + head, used)
            (head, tail) = (0, used)
            return
        }
        let wanted = max(used + count, min(capacity * 2, capacity + 4 << 20))
        // Running out of memory, here and below, is no outside input to recover from: sizes from outside are limited before
        // they come here, and no request could be answered any more.
        // `realloc` for large blocks that have no dead weight in front: it may move pages instead of bytes.
        if head == 0, capacity > ByteBuffer.largestCachedBlock {
            guard let grown = unsafe realloc(base, wanted) else { fatalError("out of memory") }
            unsafe base = grown
            capacity = wanted
            return
        }
        var room = 0
        // As above: there is nobody left to answer.
        guard let moved = unsafe penstock_block_take(wanted, &room) else { fatalError("out of memory") }
        if let base = unsafe base {
            unsafe memcpy(moved, base + head, used)
            unsafe penstock_block_give(base, capacity)
        }
        unsafe base = moved
        (head, tail) = (0, used)
        capacity = room
    }

    /// Blocks up to this size may have come from the thread's list, where `realloc` must not reach. Its own largest size
    /// is smaller; every larger block is one of malloc's.
    private static let largestCachedBlock = 64 << 10

    /// Calls `fill` with at least `count` bytes of room; it says how many it wrote.
    package mutating func withRoom<Failure: Error>(
        _ count: Int, _ fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        reserve(count)
        guard let base = unsafe base else { return 0 }
        let room = unsafe UnsafeMutableRawBufferPointer(start: base + tail, count: capacity - tail)
        let written = unsafe try fill(room)
        tail += min(max(0, written), capacity - tail)
        return written
    }

    /// Gives the storage back when nothing is in it and it is larger than `limit` bytes.
    package mutating func releaseIfLarge(_ limit: Int = 4096) {
        guard head == tail, capacity > limit else { return }
        unsafe penstock_block_give(base, capacity)
        unsafe base = nil
        (capacity, head, tail) = (0, 0, 0)
    }
}
