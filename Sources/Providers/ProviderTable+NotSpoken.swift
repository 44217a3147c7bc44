extension ProviderTable {
    /// Prefixes whose dialect the gateway does not speak. They are here so that the prefix rule sees a provider in
    /// `bedrock/…`, and the operator reads "not supported" instead of a strange answer from somebody else.
    static let notSpoken: [Provider] =
        [
            Provider(
                "anthropic", "https://api.anthropic.com", bases: ["ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL"])
        ].map(silent)
        + [
            "ai21", "aiohttp_openai", "aleph_alpha", "anthropic_text", "assemblyai", "auto_router", "azure_text",
            "bedrock", "bedrock_converse", "bytez", "clarifai", "cloudflare", "cohere", "cohere_chat", "databricks",
            "datarobot", "deepgram", "dify", "elevenlabs", "fal_ai", "gigachat", "github_copilot", "heroku",
            "huggingface", "infinity", "langgraph", "maritalk", "nlp_cloud", "oci", "oobabooga", "palm", "petals",
            "predibase", "recraft", "replicate", "runwayml", "sagemaker", "sagemaker_chat", "sap", "snowflake",
            "stability", "text-completion-codestral", "topaz", "triton", "vertex_ai", "vertex_ai_beta", "vllm",
            "voyage", "watsonx", "watsonx_text", "xinference",
        ].map { silent(Provider($0, nil)) }

    private static func silent(_ row: Provider) -> Provider {
        row.with {
            $0.speaksOpenAI = false
            $0.endpoints = []
        }
    }
}
