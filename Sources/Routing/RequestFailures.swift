import Model

/// What the states of deployments are told of a failed call.
package struct FailureJudgement: Sendable, Hashable {
    /// It counts now.
    package let counts: Bool
    /// Places of earlier failures of the request, from 0, that had counted and do not any more.
    package let takenBack: [Int]

    init(counts: Bool, takenBack: [Int] = []) {
        (self.counts, self.takenBack) = (counts, takenBack)
    }
}

/// The failed calls of one request, and which of them count against their deployments. A value.
///
/// One request must not make deployments cool down for everybody: its failure counts once, however many deployments it
/// visited; a limit of time that its client chose never counts; and when two deployments answer it with the same 500 or
/// 4xx and the same text, the request is at fault, so none counts. When another deployment then answers it, all those
/// that failed were at fault.
struct RequestFailures: Sendable {
    private enum Standing {
        case counted
        /// It counts if the request is answered elsewhere.
        case open
        case never
    }

    private struct Entry {
        let deployment: Deployment.ID
        let saying: Saying?
        /// It counts among others, and one such is enough.
        let isOneOfMany: Bool
        var standing: Standing
    }

    private var entries: [Entry] = []
    /// Two deployments said the same of it: no third one has to be asked.
    private(set) var isRequestsFault = false

    /// - Parameters:
    ///   - isClientsLimit: a time ran out that the client had chosen, before the operator's did.
    ///   - isTold: the upstream said when to come back.
    mutating func judge(
        _ failure: UpstreamFailure, _ failureClass: FailureClass, of deployment: Deployment.ID, isClientsLimit: Bool,
        isTold: Bool
    ) -> FailureJudgement {
        let cooldown = Verdict.on(failureClass).cooldown
        let saying = Saying(failure)
        // A connection that nobody takes has seen nothing of the request.
        let isOneOfMany = cooldown == .counts && failure.cause != .connect && !isTold
        var entry = Entry(deployment: deployment, saying: saying, isOneOfMany: isOneOfMany, standing: .counted)
        if isClientsLimit || cooldown == .none {
            entry.standing = .never
        } else if let saying, !isTold,
            entries.contains(where: { $0.saying == saying && $0.deployment != deployment })
        {
            isRequestsFault = true
            entry.standing = .never
            entries.append(entry)
            return FailureJudgement(counts: false, takenBack: takeBack(saying))
        } else if isOneOfMany, entries.contains(where: { $0.isOneOfMany && $0.standing == .counted }) {
            entry.standing = .open
        }
        entries.append(entry)
        return FailureJudgement(counts: entry.standing == .counted)
    }

    private mutating func takeBack(_ saying: Saying) -> [Int] {
        var places: [Int] = []
        for place in entries.indices where entries[place].saying == saying {
            if entries[place].standing == .counted { places.append(place) }
            entries[place].standing = .never
        }
        return places
    }

    /// The request was answered. Gives the places of the failures that count now.
    mutating func answered() -> [Int] {
        guard !entries.isEmpty else { return [] }
        var places: [Int] = []
        for place in entries.indices where entries[place].standing == .open {
            entries[place].standing = .counted
            places.append(place)
        }
        return places
    }
}

/// What an upstream said of a request, to be compared with what another one said. A value.
private struct Saying: Hashable, Sendable {
    private let status: Int
    private let words: [Substring]

    /// `nil` for a failure that does not speak of the request: without words of the upstream, or with a status that speaks
    /// of the server (429, 502, 503, 504, 529, other 5xx), of its time (408), or of the gateway's key (401).
    init?(_ failure: UpstreamFailure) {
        switch failure.cause {
        case .status, .errorInBody, .errorInStream: break
        default: return nil
        }
        guard failure.quotesUpstream else { return nil }
        switch failure.status {
        case 401, 408, 429: return nil
        case 400..<500, 500: break
        default: return nil
        }
        status = failure.status
        let text = failure.message.utf8.prefix(Saying.longestTextBytes)
        // Words with a digit are left out: ids of requests, times, ports.
        words = Substring(text).split(separator: " ").filter { !$0.utf8.contains { 0x30...0x39 ~= $0 } }
        if words.isEmpty { return nil }
    }

    private static let longestTextBytes = 4096
}
