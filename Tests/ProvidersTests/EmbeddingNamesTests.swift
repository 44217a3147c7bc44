import Testing

@testable import Providers

@Suite struct EmbeddingNamesTests {
    @Test(arguments: [
        "text-embedding-3-small", "mistral-embed", "nomic-embed-text:latest", "openai/text-embedding-ada-002",
        "BAAI/bge-m3", "intfloat/e5-mistral-7b-instruct", "voyage-3-large", "all-minilm", "Jina-Embeddings-v3",
        "thenlper/gte-large", "snowflake-arctic-embed", "titan-embed-text-v2",
    ])
    func theyEmbed(_ name: String) {
        #expect(EmbeddingNames.areLikely(name))
    }

    @Test(arguments: [
        "gpt-4o", "openai/gpt-oss-20b:free", "llama-3", "bge-reranker-v2-m3", "e5", "member-1", "voyager", "",
        "bge-large/chat",
    ])
    func theyDoNot(_ name: String) {
        #expect(!EmbeddingNames.areLikely(name))
    }
}
