/// What credentials look like. Pure; only data and what reads it.
///
/// Two measures. Beginnings that providers document are credentials in any text. In a word that a client made up, where a path
/// or a model's name belongs, whatever looks random is taken for one too; elsewhere that would hide ids that people need.
package enum CredentialShape {
    struct Beginning: Sendable {
        let text: [UInt8]
        /// So many bytes have to follow.
        let shortest: Int
        /// All of these are letters and digits: names begin so too, and have marks (`pplx-embed-context-v1-4b`).
        let isUnbroken: Bool
    }

    /// Looked for in every text. Their first two bytes must be rare: each pair makes log lines suspicious.
    static let everywhere = beginnings([
        ("sk-", 8), ("sk_", 16), ("AIza", 20), ("gsk_", 16), ("xai-", 16), ("pplx-", 16), ("hf_", 16), ("r8_", 16),
        ("ghp_", 16), ("eyJ", 30),
    ])

    /// Looked for in clients' words only. Sources: the documents of AWS (IAM identifiers, Bedrock API keys), GitHub (secret
    /// scanning patterns), GitLab, Slack, Google, NVIDIA, Cerebras, Fireworks, Databricks, LangSmith, Pinecone, Vercel, npm,
    /// HashiCorp Vault, Alibaba Cloud, Tencent Cloud, Baidu; 2026-11.
    private static let inClientsWords =
        everywhere
        + beginnings([
            ("AKIA", 12), ("ASIA", 12), ("AROA", 12), ("ABSK", 16), ("ABIA", 12), ("ACCA", 12), ("gho_", 16),
            ("ghu_", 16),
            ("ghs_", 16), ("ghr_", 16), ("github_pat_", 16), ("glpat-", 12), ("xoxb-", 10), ("xoxp-", 10),
            ("xoxa-", 10),
            ("xapp-", 10), ("GOCSPX-", 12), ("ya29.", 16), ("nvapi-", 16), ("csk-", 16), ("fw_", 16), ("dapi", 28),
            ("lsv2_", 16), ("pcsk_", 16), ("vck_", 16), ("npm_", 20), ("hvs.", 16), ("LTAI", 12), ("AKID", 12),
            ("bce-v3/", 16), ("rk_live_", 12), ("tvly-", 12), ("jina_", 16), ("flp_", 16), ("tgp_v1_", 16),
        ])

    private static func beginnings(_ rows: [(String, Int)]) -> [Beginning] {
        rows.map { text, shortest in
            Beginning(
                text: Array(text.utf8), shortest: shortest,
                isUnbroken: ["pplx-", "jina_", "fw_", "flp_", "npm_", "csk-"].contains(text))
        }
    }

    /// Where one of these beginnings stands at `start`, and enough of a credential behind it, the end of the credential.
    static func end(in bytes: [UInt8], at start: Int, _ beginnings: [Beginning] = everywhere) -> Int? {
        for beginning in beginnings where bytes[start...].starts(with: beginning.text) {
            let tail = start + beginning.text.count
            let end = tokenEnd(bytes, from: tail)
            guard end - tail >= beginning.shortest else { continue }
            if beginning.isUnbroken, !bytes[tail..<tail + beginning.shortest].allSatisfy(isLetterOrDigit) { continue }
            return end
        }
        return nil
    }

    /// Where a credential ends that reaches to `start` at least: a full stop at its end belongs to the sentence around it.
    static func tokenEnd(_ bytes: [UInt8], from start: Int) -> Int {
        var end = start
        while end < bytes.count, isTokenByte(bytes[end]) || bytes[end] == UInt8(ascii: ".") { end += 1 }
        while end > start, bytes[end - 1] == UInt8(ascii: ".") { end -= 1 }
        return end
    }

    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "/"): true
        default: isLetterOrDigit(byte)
        }
    }

    static func isLetterOrDigit(_ byte: UInt8) -> Bool { Kind(byte) != .other }
}

// MARK: - A client's words

extension CredentialShape {
    /// The parts of `text` that look like credentials, each as long as it may be. `text` is what a client sent where a path
    /// or a model's name belongs, or a sentence that quotes it.
    package static func words(in text: String) -> [String] {
        // As much as the log shows of it.
        let bytes = Array(LogLine.bounded(text).utf8)
        var found = runs(of: bytes, joiners: "-_.+=~").filter { isCredential(bytes[$0]) }
        // A path has slashes, and so has base64: several parts may be one credential.
        for run in runs(of: bytes, joiners: "-_+=/") where bytes[run].contains(slash) {
            var whole = withoutPlainEnds(bytes, run)
            guard isRandom(bytes[whole], atLeast: shortestJoined) else { continue }
            for part in found where part.overlaps(whole) {
                whole = min(part.lowerBound, whole.lowerBound)..<max(part.upperBound, whole.upperBound)
            }
            found.removeAll { $0.overlaps(whole) }
            found.append(whole)
        }
        return found.map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    /// So many letters and digits no name has by chance in a random order, one word or several that slashes join.
    private static let shortestRandom = 20
    private static let shortestJoined = 28
    /// The same in whatever order, without a mark between them.
    private static let shortestUnbroken = 32
    private static let slash = UInt8(ascii: "/")

    /// Longest stretches of letters, digits and `joiners`; joiners at their ends do not count, but for base64's `=`.
    private static func runs(of bytes: [UInt8], joiners: StaticString) -> [Range<Int>] {
        func joins(_ byte: UInt8) -> Bool {
            unsafe UnsafeBufferPointer(
                start: joiners.utf8Start, count: joiners.utf8CodeUnitCount
            ).contains(byte)
        }
        var (runs, start): ([Range<Int>], Int?) = ([], nil)
        for index in 0...bytes.count {
            let isInside = index < bytes.count && (isLetterOrDigit(bytes[index]) || joins(bytes[index]))
            if isInside, start == nil, isLetterOrDigit(bytes[index]) { start = index }
            if !isInside, let begin = start {
                var end = index
                while end > begin, !isLetterOrDigit(bytes[end - 1]), bytes[end - 1] != UInt8(ascii: "=") { end -= 1 }
                runs.append(begin..<end)
                start = nil
            }
        }
        return runs
    }

    /// Without the parts at both ends that are plain words, such as those of a path: `v1`, `chat`, a vendor's name.
    private static func withoutPlainEnds(_ bytes: [UInt8], _ run: Range<Int>) -> Range<Int> {
        var parts = bytes[run].split(separator: slash)[...]
        func isPlain(_ part: ArraySlice<UInt8>) -> Bool {
            part.count <= 3
                || part.allSatisfy { Kind($0) == .lower || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
        }
        while let first = parts.first, isPlain(first) { parts.removeFirst() }
        while let last = parts.last, isPlain(last) { parts.removeLast() }
        guard let first = parts.first, let last = parts.last else { return run.lowerBound..<run.lowerBound }
        return first.startIndex..<last.endIndex
    }

    private static func isCredential(_ word: ArraySlice<UInt8>) -> Bool {
        let bytes = Array(word)
        for start in bytes.indices where start == 0 || !isLetterOrDigit(bytes[start - 1]) {
            if end(in: bytes, at: start, inClientsWords) != nil { return true }
        }
        let parts = word.split { !isLetterOrDigit($0) }
        return isHexadecimal(word.filter { $0 != UInt8(ascii: "-") }) || parts.contains { isUnbroken($0) }
            || isRandom(word, atLeast: shortestRandom) || parts.contains { isRandom($0, atLeast: shortestRandom) }
    }

    private static func isUnbroken(_ run: ArraySlice<UInt8>) -> Bool {
        isHexadecimal(run) || run.count >= shortestUnbroken && run.contains { Kind($0) == .digit } && !namesModels(run)
    }

    private static func isHexadecimal(_ run: some Collection<UInt8>) -> Bool {
        run.count >= shortestUnbroken
            && run.allSatisfy { Kind($0) == .digit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0 | 0x20) }
    }

    /// Letters and digits, or small ones and capitals, take turns at every fifth place or more often. In random text they do so
    /// at every second or third. Of 3,774 ids of LiteLLM's table of models (2026-11) 14 do, and those name a family.
    private static func isRandom(_ word: ArraySlice<UInt8>, atLeast shortest: Int) -> Bool {
        var (count, turns, previous) = (0, 0, Kind.other)
        var (digits, smalls, capitals) = (0, 0, 0)
        for byte in word {
            let kind = Kind(byte)
            switch kind {
            case .digit: digits += 1
            case .lower: smalls += 1
            case .upper: capitals += 1
            case .other: break
            }
            if kind != .other {
                count += 1
                // A capital begins a word: no turn.
                if previous != .other, previous != kind, previous != .upper || kind != .lower { turns += 1 }
            }
            previous = kind
        }
        let isMixed = digits > 0 ? digits < count : smalls > 0 && capitals > 0 && count >= shortestUnbroken
        return count >= shortest && turns * 5 >= count && isMixed && !namesModels(word)
    }

    /// Whether a family of models, or a word that many names have, stands in it, which by chance hardly ever happens.
    private static func namesModels(_ word: ArraySlice<UInt8>) -> Bool {
        let small = word.map { Kind($0) == .upper ? $0 | 0x20 : $0 }
        return modelWords.contains { name in
            small.indices.contains { small[$0...].starts(with: name) }
        }
    }

    private static let modelWords = """
        gpt- gpt3 gpt4 gpt5 llama qwen claude gemini gemma mistral mixtral codestral ministral devstral deepseek command nemotron \
        granite kimi grok sonnet haiku opus phi-3 phi-4 glm-4 glm-5 minimax hermes dolphin wizard vicuna falcon olmo smollm \
        internlm internvl exaone baichuan hunyuan ernie doubao sonar jamba nova- titan whisper embed instruct turbo coder \
        chat- vision distill thinking reasoning preview latest flash bert rerank diffusion yi-34b solar aya- tulu
        """.split(separator: " ").map { Array($0.utf8) }

    private enum Kind {
        case lower, upper, digit, other

        init(_ byte: UInt8) {
            self =
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): .digit
                case UInt8(ascii: "A")...UInt8(ascii: "Z"): .upper
                case UInt8(ascii: "a")...UInt8(ascii: "z"): .lower
                default: .other
                }
        }
    }
}
