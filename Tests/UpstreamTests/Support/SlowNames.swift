import Glibc
import TestSupport

enum SlowNames: Sendable {
    case unasked
    case asked
    /// Those that wait are told that there is no such name.
    case answered
}

let slowNames = Watched(SlowNames.unasked)

/// Stands before the C library's function, for libcurl too: `slow.invalid` is not answered until the test allows it.
@_cdecl("getaddrinfo")
func standInForGetaddrinfo(
    _ name: UnsafePointer<CChar>?, _ service: UnsafePointer<CChar>?, _ hints: UnsafePointer<addrinfo>?,
    _ found: UnsafeMutablePointer<UnsafeMutablePointer<addrinfo>?>?
) -> Int32 {
    if let name = unsafe name, unsafe strcmp(name, "slow.invalid") == 0 {
        slowNames.update { if $0 == .unasked { $0 = .asked } }
        _ = slowNames.wait(.seconds(60)) { $0 == .answered ? true : nil }
        return EAI_NONAME
    }
    typealias Original =
        @convention(c) (
            UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafePointer<addrinfo>?,
            UnsafeMutablePointer<UnsafeMutablePointer<addrinfo>?>?
        ) -> Int32
    // RTLD_NEXT, which is a macro that is not imported.
    let next = unsafe UnsafeMutableRawPointer(bitPattern: -1)
    guard let symbol = unsafe dlsym(next, "getaddrinfo") else { return EAI_SYSTEM }
    return unsafe unsafeBitCast(symbol, to: Original.self)(name, service, hints, found)
}
