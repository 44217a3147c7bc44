/// Names of models that embed and do not chat, as their makers and the servers of open weights give them (2026).
package enum EmbeddingNames {
    /// Of the part behind the last `/`.
    private static let beginnings = [
        "bge-", "gte-", "e5-", "multilingual-e5", "all-minilm", "all-mpnet", "paraphrase-", "sentence-t5", "gtr-t5",
        "instructor-", "uae-large", "voyage-", "m3e-", "labse", "stella", "text-similarity-", "text-search-", "ember-v",
    ]

    package static func areLikely(_ model: String) -> Bool {
        let name = model.lowercased()
        guard !name.contains("rerank") else { return false }
        if name.contains("embed") { return true }
        let slash = name.utf8.lastIndex(of: UInt8(ascii: "/"))
        let last = slash.map { name[name.utf8.index(after: $0)...] } ?? name[...]
        return beginnings.contains { last.utf8.starts(with: $0.utf8) }
    }
}
