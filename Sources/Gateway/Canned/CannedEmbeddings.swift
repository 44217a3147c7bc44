internal import JSONText
internal import Model

/// Embeddings without a model: each text has a vector of length 1 that is always the same for it. Pure.
enum CannedEmbeddings {
    /// As many as OpenAI's `text-embedding-3-small` gives.
    private static let usualDimensions = 1536
    private static let mostDimensions = 4096
    /// Numbers of one answer; a megabyte of them as base64 is 350 texts of the usual length.
    private static let mostNumbers = 1 << 19

    static func body(_ request: CannedRequest, model: String) throws(UpstreamFailure) -> [UInt8] {
        let asked = request["dimensions"]?.intValue
        guard asked.map({ (1...mostDimensions).contains($0) }) ?? true else {
            throw refusal("'dimensions' must be from 1 to \(mostDimensions) here.")
        }
        let dimensions = asked ?? usualDimensions
        guard !request.inputs.isEmpty else { throw refusal("'input' must not be an empty array.") }
        guard request.inputs.count <= CannedRequest.mostInputs, request.inputs.count * dimensions <= mostNumbers else {
            throw refusal(
                "Here 'input' may hold \(min(mostNumbers / dimensions, CannedRequest.mostInputs)) texts at a time.")
        }
        let isBase64 = request["encoding_format"]?.stringValue == "base64"
        var out = Array(#"{"object":"list","data":["#.utf8)
        for (index, input) in request.inputs.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            out += #"{"object":"embedding","index":\#(index),"embedding":"#.utf8
            let vector = vector(seed: input.hash, dimensions)
            if isBase64 { appendBase64(vector, to: &out) } else { append(vector, to: &out) }
            out.append(UInt8(ascii: "}"))
        }
        out += #"],"model":"#.utf8
        out += jsonText(of: model)
        let tokens = request.inputs.reduce(0) { $0 + $1.tokens }
        out += #","usage":{"prompt_tokens":\#(tokens),"total_tokens":\#(tokens)}}"#.utf8
        return out
    }

    private static func refusal(_ message: String) -> UpstreamFailure {
        var failure = UpstreamFailure(cause: .status, provider: "mock_response", status: 400, message: message)
        failure.type = "invalid_request_error"
        return failure
    }

    /// SplitMix64, then scaled to length 1.
    private static func vector(seed: UInt64, _ count: Int) -> [Float] {
        var state = seed
        var vector: [Float] = []
        vector.reserveCapacity(count)
        var square = 0.0
        for _ in 0..<count {
            state &+= 0x9E37_79B9_7F4A_7C15
            var bits = state
            bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
            bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
            let number = Double(Int64(bitPattern: bits ^ bits >> 31)) / 9.3e18
            square += number * number
            vector.append(Float(number))
        }
        let length = Float(square.squareRoot())
        return length > 0 ? vector.map { $0 / length } : vector
    }

    private static func append(_ vector: [Float], to out: inout [UInt8]) {
        out.append(UInt8(ascii: "["))
        for (index, number) in vector.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            out += number.description.utf8
        }
        out.append(UInt8(ascii: "]"))
    }

    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Little-endian floats of 32 bits, as OpenAI's SDKs read them, as a JSON string.
    private static func appendBase64(_ vector: [Float], to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        var bits: UInt32 = 0
        var count = 0
        func digit(_ shift: Int) { out.append(digits[Int(bits >> UInt32(shift) & 63)]) }
        for number in vector {
            let pattern = number.bitPattern
            for byte in [pattern, pattern >> 8, pattern >> 16, pattern >> 24].map({ $0 & 0xFF }) {
                bits = bits << 8 | byte
                count += 1
                guard count == 3 else { continue }
                for shift in [18, 12, 6, 0] { digit(shift) }
                (bits, count) = (0, 0)
            }
        }
        if count == 1 {
            bits <<= 16
            for shift in [18, 12] { digit(shift) }
            out += "==".utf8
        } else if count == 2 {
            bits <<= 8
            for shift in [18, 12, 6] { digit(shift) }
            out.append(UInt8(ascii: "="))
        }
        out.append(UInt8(ascii: "\""))
    }
}
