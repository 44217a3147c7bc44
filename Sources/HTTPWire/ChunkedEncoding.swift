/// Appends the size line of a chunk whose `count` bytes of data come next, and behind them CRLF. Nothing for 0 or less:
/// a size of 0 would end the body.
package func appendChunkHeader(_ count: Int, to bytes: inout [UInt8]) {
    guard count > 0 else { return }
    let digits = (Int.bitWidth - count.leadingZeroBitCount + 3) / 4
    for digit in (0..<digits).reversed() {
        let value = UInt8(truncatingIfNeeded: count >> (digit * 4)) & 0x0F
        bytes.append(value < 10 ? 0x30 + value : 0x57 + value)
    }
    bytes.append(ASCII.cr)
    bytes.append(ASCII.lf)
}

/// Appends what follows a chunk's data.
package func appendChunkEnd(to bytes: inout [UInt8]) {
    bytes.append(ASCII.cr)
    bytes.append(ASCII.lf)
}

/// Appends what ends a chunked body, without trailers.
package func appendLastChunk(to bytes: inout [UInt8]) {
    bytes.append(0x30)
    appendChunkEnd(to: &bytes)
    appendChunkEnd(to: &bytes)
}
