internal import ConfigFile
internal import ContentCoding
internal import EventLoop
internal import HTTPServer
internal import HTTPWire
internal import Model
internal import Upstream

/// Compressed bodies of requests. What goes upstream is what they unpack to; limits count that.
extension Inference {
    /// More of them one upon the other than anybody has a use for.
    private static let mostCodings = 2
    /// Of the packed body, in one turn of the loop: one that unpacks to nothing takes time too.
    private static let partBytes = 256 << 10

    /// How the body was packed, in the order of `Content-Encoding`; nearly always not at all.
    ///
    /// - Throws: `.unsupportedCoding` before a byte of the body has been read.
    func codingsOfBody() throws(GatewayError) -> [ContentCoding] {
        let fields = exchange.head.fields
        guard fields.names.contains(.contentEncoding) else { return [] }
        var codings: [ContentCoding] = []
        var unknown: String?
        fields.forEachMember(of: .contentEncoding) { member in
            guard !fields.matches(member, "identity") else { return }
            let name = fields.string(member)
            if let coding = ContentCoding(named: name) { codings.append(coding) } else { unknown = unknown ?? name }
        }
        guard !codings.isEmpty || unknown != nil else { return [] }
        guard snapshot.config.general.acceptCompressedRequests else {
            throw .unsupportedCoding(
                "The request body must not be compressed (general_settings.accept_compressed_requests).",
                accepted: "identity")
        }
        let advice = "Send it without, or as \(ContentCoding.list)."
        if let unknown {
            throw .unsupportedCoding(
                "The request body's Content-Encoding '\(start(of: unknown))' is not supported. \(advice)",
                accepted: ContentCoding.list)
        }
        guard codings.count <= Inference.mostCodings else {
            throw .unsupportedCoding(
                "The request body has more than \(Inference.mostCodings) content codings. \(advice)",
                accepted: ContentCoding.list)
        }
        return codings
    }

    private func start(of name: String) -> String {
        name.utf8.count <= 40 ? name : "\(name.prefix(30))…"
    }

    /// What `body` unpacks to. The coding that was applied last is undone first (RFC 9110 §8.4).
    ///
    /// - Throws: `.bodyTooLarge` as soon as it is too large, `.bodyNotUnpacked` when it is broken.
    func unpacked(_ body: RequestBody, _ codings: [ContentCoding]) async throws(GatewayError) -> RequestBody {
        var body = body
        // An empty body is empty whatever its coding is called.
        for coding in codings.reversed() where body.count > 0 { body = try await unpacked(body, coding) }
        return body
    }

    private func unpacked(_ body: RequestBody, _ coding: ContentCoding) async throws(GatewayError) -> RequestBody {
        let limit = snapshot.config.general.limits.requestBodyBytes
        var decoder = ContentDecoder(coding)
        var content = ByteBuffer()
        var position = 0
        while position < body.count {
            let end = min(body.count, position + Inference.partBytes)
            do throws(ContentDecoder.Failure) {
                position += try decoder.decode(position..<end, of: body.bytes, into: &content, limit: limit)
            } catch {
                throw Inference.error(of: error, coding, limit)
            }
            if position < body.count { await exchange.waiter.yield() }
            if exchange.isClientGone { throw .clientGone }
        }
        guard decoder.isComplete else {
            throw .bodyNotUnpacked("The request body is not whole: its \(coding.rawValue) data ends too early.")
        }
        body.release()
        return RequestBody(content)
    }

    private static func error(
        of failure: ContentDecoder.Failure, _ coding: ContentCoding, _ limit: Int
    ) -> GatewayError {
        switch failure {
        case .corrupt:
            .bodyNotUnpacked("The request body is not valid \(coding.rawValue) data, as its Content-Encoding says.")
        case .windowTooLarge:
            .bodyNotUnpacked("The request body's zstd data needs a window of more than 8 MiB (RFC 9659 §3).")
        case .tooLarge: .bodyTooLarge(limitBytes: limit)
        case .outOfMemory: .bodyTooLarge(limitBytes: limit)
        }
    }
}
