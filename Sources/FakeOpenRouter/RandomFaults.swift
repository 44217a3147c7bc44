/// Faults drawn at random, the same in every run with the same seed. A value.
package struct RandomFaults: Sendable {
    private let share: Double
    private let ids: [String]
    private var bits: UInt64
    /// Faults so far.
    package private(set) var count = 0

    /// - Parameter share: 0 for none, 1 for every call.
    init(share: Double, ids: [String], seed: UInt64) {
        (self.share, self.ids, bits) = (share, ids, seed)
    }

    /// What the next call acts as; `nil`: as itself.
    mutating func next() -> String? {
        guard Double.random(in: 0..<1, using: &self) < share else { return nil }
        count += 1
        return ids.randomElement(using: &self)
    }

    /// Every kind that ends by itself: nothing that stalls, floods or needs special eyes.
    package static let usual = [
        "fault/status-401", "fault/402-credits", "fault/403-key-limit", "fault/403-moderation",
        "fault/404-no-endpoints",
        "fault/408", "fault/status-409", "fault/422", "fault/429-bare", "fault/429-retry-after-1",
        "fault/provider-400-context", "fault/500", "fault/502", "fault/503-retry-after", "fault/504-html", "fault/529",
        "fault/200-error", "fault/200-partial-error", "fault/html-200", "fault/empty-200", "fault/json-truncated",
        "fault/no-choices", "fault/stream-first-error", "fault/stream-mid-error", "fault/stream-reset",
        "fault/stream-eof", "fault/stream-clean-end", "fault/close-before-answer", "fault/reset-before-answer",
        "fault/cut-body", "fault/bad-framing", "fault/garbage", "fault/close-after-answer",
        "fault/unasked-bytes-at-once",
    ]
}

/// SplitMix64.
extension RandomFaults: RandomNumberGenerator {
    package mutating func next() -> UInt64 {
        bits &+= 0x9E37_79B9_7F4A_7C15
        var mixed = bits
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
