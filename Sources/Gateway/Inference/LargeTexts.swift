internal import EventLoop
internal import HTTPServer
internal import JSONText
internal import Model
internal import Upstream

/// Texts of megabytes are read in parts, with a turn of the loop between them: a hostile one takes tens of instructions a
/// byte, and the loop has others to serve.
enum LargeText {
    /// From here on a text is read in parts of as much. At most 10 ms each, as measured with the worst of texts.
    static let partBytes = 512 << 10
}

extension Waiter {
    /// Where the members of a large object stand; `nil` for a text that may be read at a stretch.
    nonisolated(nonsending) func scanIfLarge(
        _ body: RequestBody, names: MemberNames
    ) async throws(JSONError) -> ObjectScan? {
        body.count > LargeText.partBytes ? try await scan(body, names: names) : nil
    }

    fileprivate nonisolated(nonsending) func scan(
        _ body: RequestBody, names: MemberNames
    ) async throws(JSONError) -> ObjectScan {
        var parts = ObjectScanInParts(names: names)
        while true {
            await yield()
            if let scan = try parts.advance(over: body.bytes) {
                await yield()
                return scan
            }
        }
    }

    /// Reads all of `content` into `scan`.
    nonisolated(nonsending) func read(
        _ content: borrowing ByteBuffer, into scan: inout PathScan
    ) async throws(JSONError) {
        guard content.count > LargeText.partBytes else { return try scan.read(content.bytes) }
        await yield()
        while try !scan.advance(content.bytes, by: LargeText.partBytes) { await yield() }
        await yield()
    }
}

extension ObjectScanInParts {
    fileprivate mutating func advance(over body: borrowing ByteBuffer) throws(JSONError) -> ObjectScan? {
        try advance(body.bytes, by: LargeText.partBytes)
    }
}

extension Envelope {
    /// Reads a body, in parts when it is large.
    static func read(
        _ body: RequestBody, asked: Endpoint, pathModel: String?, _ waiter: Waiter
    ) async throws(GatewayError) -> Envelope {
        guard body.count > LargeText.partBytes else {
            return try Envelope(body.bytes, asked: asked, pathModel: pathModel)
        }
        let scan: ObjectScan
        do throws(JSONError) {
            scan = try await waiter.scan(body, names: Envelope.names)
        } catch {
            throw .malformedJSON(message: error.message)
        }
        return try Envelope(body.bytes, scan, asked: asked, pathModel: pathModel)
    }
}

extension Waiter {
    /// The members at `paths` of an upstream's answer, looked for in parts when it is large.
    func scan(
        _ content: borrowing ByteBuffer, _ paths: JSONPaths, provider: String
    ) async throws(UpstreamFailure) -> PathScan {
        var scan = PathScan(paths)
        do throws(JSONError) {
            try await read(content, into: &scan)
        } catch {
            throw AnswerCheck.notJSON(provider, error, content.bytes)
        }
        return scan
    }
}

extension AnswerCheck {
    /// The same as `init`, in parts when the answer is large.
    static func read(
        _ content: borrowing ByteBuffer, endpoint: Endpoint, provider: String, _ waiter: Waiter
    ) async throws(UpstreamFailure) -> AnswerCheck {
        let scan = try await waiter.scan(content, AnswerCheck.paths, provider: provider)
        return try AnswerCheck(scan, of: content.bytes, endpoint: endpoint, provider: provider)
    }
}

extension UpstreamFailure {
    /// The request has more of the members that its deployment changes than anybody would send.
    static func tooManyMembers(_ provider: String, _ error: JSONError) -> UpstreamFailure {
        UpstreamFailure(
            cause: .status, provider: provider, status: 400,
            message: "The request cannot be changed for \(provider): \(error.message).")
    }
}
