/// `POST /embeddings`: one vector of three numbers per input, as numbers or as base64 of little-endian floats.
enum FakeEmbeddings {
    /// Numbers that a float holds exactly, so that both encodings say the same.
    static func vector(_ index: Int) -> [Float] { [0.5, -0.25, Float(index)] }

    static func body(_ json: FakeJSON, generation: String, model: String) -> String {
        let base64 = json["encoding_format"]?.string == "base64"
        let count = inputs(json["input"])
        let rows = (0..<count).map { index in
            let vector = vector(index)
            let value = base64 ? "\"\(Self.base64(vector))\"" : "[\(vector.map { "\($0)" }.joined(separator: ","))]"
            return "{\"object\":\"embedding\",\"index\":\(index),\"embedding\":\(value)}"
        }
        return """
            {"object":"list","id":"\(generation)","model":\(FakeJSON.quoted(model)),\
            "data":[\(rows.joined(separator: ","))],"usage":{"prompt_tokens":\(3 * count),\
            "total_tokens":\(3 * count),"cost":6e-8}}
            """
    }

    /// A text or a list of tokens is one input; a list of either is as many.
    private static func inputs(_ input: FakeJSON?) -> Int {
        guard let items = input?.array else { return 1 }
        if case .number = items.first { return 1 }
        return items.count
    }

    private static func base64(_ vector: [Float]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        let bytes = vector.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> ($0 * 8)) } }
        // Twelve bytes, so there is never any padding.
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let word = bytes[start..<start + 3].reduce(0) { $0 << 8 | Int($1) }
            for shift in [18, 12, 6, 0] { text.append(alphabet[word >> shift & 63]) }
        }
        return text
    }
}
