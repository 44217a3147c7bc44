/// Paths that clients know from OpenAI, LiteLLM and others and that this gateway does not serve. Only data; a path that the
/// table of routes serves is never looked up here.
struct Foreign {
    /// Segments; `*` is any one, `**` at the end any number of them, also none.
    let path: [String]
    let owner: String
    /// A sentence: what to ask for instead.
    let instead: String?

    static func row(for segments: [String]) -> Foreign? {
        rows.first { matches(segments, $0.path) }
    }

    private static func matches(_ segments: [String], _ path: [String]) -> Bool {
        let isOpen = path.last == "**"
        let fixed = isOpen ? path.dropLast() : path[...]
        guard isOpen ? segments.count >= fixed.count : segments.count == fixed.count else { return false }
        return zip(segments, fixed).allSatisfy { $1 == "*" || $0 == $1 }
    }

    private static func rows(_ owner: String, _ paths: String, instead: String? = nil) -> [Foreign] {
        paths.split(separator: " ").map {
            Foreign(path: $0.split(separator: "/").map(String.init), owner: owner, instead: instead)
        }
    }

    private static let chatInstead = "Use POST /v1/chat/completions or /v1/responses."

    /// Sources: OpenAI's API reference, LiteLLM 1.109's OpenAPI document, the API references of the others; 2026-11.
    static let rows: [Foreign] =
        rows(
            "OpenAI",
            """
            images/** audio/** moderations files/** uploads/** batches/** fine_tuning/** fine-tunes/** vector_stores/** \
            assistants/** threads/** realtime/** conversations/** containers/** videos/** evals/** chatkit/** skills/** \
            responses/compact responses/input_tokens responses/* responses/*/input_items responses/*/cancel \
            chat/completions/* chat/completions/*/messages completions/* edits engines dashboard/** usage/**
            """)
        + rows(
            "Azure OpenAI",
            """
            deployments/*/images/** deployments/*/audio/** deployments/*/extensions/** \
            deployments/*/realtime/**
            """)
        + rows("Anthropic", "messages messages/count_tokens messages/batches/** complete", instead: chatInstead)
        + rows(
            "Anthropic", "anthropic/v1/messages anthropic/v1/messages/count_tokens anthropic/**", instead: chatInstead)
        + rows(
            "Google",
            "v1beta/models/** v1beta/interactions/** v1beta/openai/** v1beta1/** models/*:generatecontent models/*:streamgeneratecontent",
            instead: chatInstead)
        + rows(
            "Ollama",
            "api/chat api/generate api/tags api/show api/ps api/pull api/embed api/embeddings api/version api/create",
            instead: "Use the paths of OpenAI: /v1/chat/completions, /v1/embeddings, /v1/models.")
        + rows("Ollama", "tags generate", instead: "Use the paths of OpenAI: /v1/chat/completions, /v1/models.")
        + rows("Cohere", "rerank")
        + rows("OpenRouter", "credits key generation auth/** parameters/** providers endpoints")
        + rows(
            "LiteLLM",
            """
            key/** user/** team/** organization/** organizations/** budget/** customer/** end_user/** tag/** project/** \
            credentials/** access_group/** guardrails/** policies/** prompts/** mcp/** mcp-rest/** a2a/** agents/** \
            agent/** model/new model/update model/delete model/* model/*/* model_group/** model_access_group/** \
            model_hub/** v2/model/info v2/rerank spend/** global/** provider/** config/** get/** cache/** fallback/** \
            router/** reload/** schedule/** utils/** public/** health/services health/test_connection health/history health/latest health/license \
            health/backlog test active/** settings/** callbacks/** \
            sso/** login v2/login logout ui ui/** redoc docs openapi.json swagger onboarding/** invitation/** audit/** \
            email/** alerting/** add/** delete/** update/** block/** jwt/** scim/** vector_store/** rag/** ocr search/** \
            search_tools/** queue/** cursor/** debug/** memory-usage in_product_nudges/** claude-code/**
            """)
        + rows(
            "LiteLLM",
            """
            azure/** bedrock/** vertex_ai/** vertex-ai/** gemini/** cohere/** mistral/** vllm/** assemblyai/** \
            eu.assemblyai/** langfuse/** deepgram/** milvus/** openrouter/** groq/** deepseek/** xai/** together_ai/** \
            fireworks_ai/** databricks/** perplexity/**
            """,
            instead: "Use /v1/chat/completions, with the provider in front of the model's name.")
}
