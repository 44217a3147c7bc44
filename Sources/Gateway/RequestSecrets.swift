internal import ConfigFile
internal import HTTPServer
internal import HTTPWire
internal import Model
internal import Observability
internal import Routing

// A key that a client sends where a path or a model's name belongs is told to nobody again. All of this happens once a request
// has failed, or where the gateway itself answers for a name that it does not have.

extension Snapshot {
    /// A redactor for what is told of one request: it also hides what looks like a credential in `texts`, and the credential
    /// that the request shows, when one of them is or holds it.
    ///
    /// - Parameters:
    ///   - head: `nil`: nobody asked, as in a health check.
    ///   - texts: of the client: its path, names of models, sentences that quote them.
    ///   - known: names of the configuration; what they hold is no secret, and neither is a text that the catalog has.
    /// - Returns: `nil` when there is nothing to hide.
    func redactor(of head: RequestHead?, quoting texts: [String], known: [String] = []) -> Redactor? {
        var found = texts.flatMap { CredentialShape.words(in: $0) }
        if let head { found += authentication.credentials(in: head).filter { Snapshot.stands($0, in: texts) } }
        guard !found.isEmpty else { return nil }
        let known = known + texts.filter { catalog.has($0) }
        found.removeAll { word in known.contains { $0.utf8.contains(word.utf8) } }
        return found.isEmpty ? nil : redactor.hiding(found)
    }

    /// Shorter ones would hit ordinary words.
    private static let shortestCredential = 6

    /// A credential that could be a word ("openrouter", "anything": who needs none sends what comes to mind) counts only as a
    /// whole name, or as the end of a path.
    private static func stands(_ credential: String, in texts: [String]) -> Bool {
        let bytes = credential.utf8
        guard bytes.count >= shortestCredential else { return false }
        let isWord = bytes.count < 20 && bytes.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
        return texts.contains { text in
            isWord
                ? Name(text) == Name(credential)
                    || Name(String(text.split(separator: "/").last ?? "")) == Name(credential)
                : text.utf8.contains(bytes)
        }
    }
}

extension Gateway {
    /// Keeps in the record how to hide the secrets that a failed request holds, for its line in the log as well.
    ///
    /// - Returns: what redacts everything that is told of it.
    @discardableResult
    func hideSecrets(
        of error: GatewayError, _ exchange: ServerExchange, _ snapshot: Snapshot, _ record: RequestRecord
    ) -> Redactor {
        var texts = error.quotedTexts + [record.path.isEmpty ? exchange.head.path : record.path]
        if let model = record.model { texts.append(model) }
        var known: [String] = []
        for attempt in record.attemptLog {
            texts.append(attempt.upstream.upstreamModel)
            if let entry = snapshot.catalog.entries[attempt.upstream.deployment] { known.append(entry.params.model) }
        }
        record.redactor = snapshot.redactor(of: exchange.head, quoting: texts, known: known)
        return record.redactor ?? snapshot.redactor
    }

    /// The same where the gateway itself answers for `names`; `nil` when there is nothing to hide.
    func hideSecrets(
        in names: [String], _ exchange: ServerExchange, _ snapshot: Snapshot, _ record: RequestRecord
    ) -> Redactor? {
        record.redactor = snapshot.redactor(of: exchange.head, quoting: names + [record.path])
        return record.redactor
    }
}

extension Inference {
    /// What hides the secrets in what is told of one attempt; `nil` when there are none.
    func ownRedactor(for target: Target) -> Redactor? {
        snapshot.redactor(
            of: exchange.head, quoting: [record.model ?? "", target.upstreamModel],
            known: [target.deployment.configuredModel])
    }
}

extension Sequence<UInt8> {
    fileprivate func contains(_ part: String.UTF8View) -> Bool {
        let (bytes, part) = (Array(self), Array(part))
        guard part.count <= bytes.count else { return false }
        return (0...bytes.count - part.count).contains { bytes[$0...].starts(with: part) }
    }
}
