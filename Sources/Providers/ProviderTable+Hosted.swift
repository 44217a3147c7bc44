import Model

extension ProviderTable {
    /// Hosted services that differ from OpenAI in nothing but their base URL and the name of their key's variable.
    static let hosted: [Provider] = [
        Provider("ai21_chat", "https://api.ai21.com/studio/v1", keys: ["AI21_API_KEY"]),
        Provider("aihubmix", "https://aihubmix.com/v1").withResponses(),
        Provider("aiml", "https://api.aimlapi.com/v1"),
        Provider("baseten", "https://inference.baseten.co/v1"),
        Provider("bigmodel", "https://open.bigmodel.cn/api/paas/v4"),
        Provider("cerebras", "https://api.cerebras.ai/v1").with { $0.endpoints = [.chatCompletions, .completions] },
        Provider("chutes", "https://llm.chutes.ai/v1"),
        Provider("cometapi", "https://api.cometapi.com/v1", keys: ["COMETAPI_KEY", "COMETAPI_API_KEY"]),
        Provider("dashscope", "https://dashscope.aliyuncs.com/compatible-mode/v1"),
        Provider("deepinfra", "https://api.deepinfra.com/v1/openai"),
        Provider("empower", "https://app.empower.dev/api/v1"),
        Provider("featherless_ai", "https://api.featherless.ai/v1"),
        Provider(
            "friendliai", "https://api.friendli.ai/serverless/v1", keys: ["FRIENDLIAI_API_KEY", "FRIENDLI_TOKEN"]),
        Provider("galadriel", "https://api.galadriel.com/v1"),
        Provider("github", "https://models.inference.ai.azure.com"),
        Provider("gmi", "https://api.gmi-serving.com/v1"),
        Provider("helicone", "https://ai-gateway.helicone.ai"),
        Provider("hyperbolic", "https://api.hyperbolic.xyz/v1"),
        Provider("inception", "https://api.inceptionlabs.ai/v1"),
        Provider("jina_ai", "https://api.jina.ai/v1").with { $0.endpoints = [.embeddings] },
        Provider("lambda_ai", "https://api.lambda.ai/v1", keys: ["LAMBDA_API_KEY"], bases: ["LAMBDA_API_BASE"]),
        Provider("meta_llama", "https://api.llama.com/compat/v1", keys: ["LLAMA_API_KEY"], bases: ["LLAMA_API_BASE"]),
        Provider("minimax", "https://api.minimax.io/v1"),
        Provider("modelscope", "https://api-inference.modelscope.cn/v1"),
        Provider("moonshot", "https://api.moonshot.ai/v1"),
        Provider("morph", "https://api.morphllm.com/v1"),
        Provider(
            "nano-gpt", "https://nano-gpt.com/api/v1", keys: ["NANOGPT_API_KEY"], bases: ["NANOGPT_API_BASE"]
        ).withResponses(),
        Provider("nebius", "https://api.studio.nebius.ai/v1"),
        Provider("novita", "https://api.novita.ai/v3/openai"),
        Provider("nscale", "https://inference.api.nscale.com/v1"),
        Provider("nvidia_nim", "https://integrate.api.nvidia.com/v1"),
        Provider("ovhcloud", "https://oai.endpoints.kepler.ai.cloud.ovh.net/v1").withResponses(),
        Provider("parasail", "https://api.parasail.io/v1"),
        Provider("poe", "https://api.poe.com/v1").withResponses(),
        Provider("publicai", "https://api.publicai.co/v1"),
        Provider("qwencloud", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1"),
        Provider("sambanova", "https://api.sambanova.ai/v1"),
        Provider("scaleway", "https://api.scaleway.ai/v1", keys: ["SCW_SECRET_KEY"]).withResponses(),
        Provider("synthetic", "https://api.synthetic.new/openai/v1"),
        Provider("v0", "https://api.v0.dev/v1"),
        Provider(
            "veniceai", "https://api.venice.ai/api/v1", keys: ["VENICE_AI_API_KEY"], bases: ["VENICE_AI_API_BASE"]),
        Provider(
            "vercel_ai_gateway", "https://ai-gateway.vercel.sh/v1",
            keys: ["VERCEL_AI_GATEWAY_API_KEY", "VERCEL_OIDC_TOKEN"]
        ).withResponses(),
        Provider("volcengine", "https://ark.cn-beijing.volces.com/api/v3").withResponses(),
        Provider("wandb", "https://api.inference.wandb.ai/v1"),
        Provider("zai", "https://api.z.ai/api/paas/v4"),
    ]
}
