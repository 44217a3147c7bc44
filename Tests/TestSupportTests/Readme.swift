import Glibc

/// docs/MOCK.md of this checkout.
func readme(from file: String = #filePath) -> String? {
    let root = file.split(separator: "/").dropLast(3).joined(separator: "/")
    guard let stream = unsafe fopen("/\(root)/docs/MOCK.md", "r") else { return nil }
    defer { unsafe fclose(stream) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe fread($0.baseAddress, 1, $0.count, stream) }
    return String(decoding: bytes.prefix(count), as: UTF8.self)
}
