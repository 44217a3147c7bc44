import ConfigFile
import JSONText

extension ModelParams {
    /// The entry's parameters over those of the named credential it refers to: what the entry says stands.
    func over(_ credential: ModelParams) -> ModelParams {
        var merged = self
        merged.faults = faults + credential.faults.filter { !faults.contains($0) }
        merged.apiKey = apiKey ?? credential.apiKey
        merged.apiBase = apiBase ?? credential.apiBase
        merged.apiVersion = apiVersion ?? credential.apiVersion
        merged.organization = organization ?? credential.organization
        merged.customProvider = customProvider ?? credential.customProvider
        merged.requestsPerMinute = requestsPerMinute ?? credential.requestsPerMinute
        merged.tokensPerMinute = tokensPerMinute ?? credential.tokensPerMinute
        merged.maxParallelRequests = maxParallelRequests ?? credential.maxParallelRequests
        merged.weight = weight ?? credential.weight
        merged.order = order ?? credential.order
        merged.timeout = timeout ?? credential.timeout
        merged.streamTimeout = streamTimeout ?? credential.streamTimeout
        merged.numRetries = numRetries ?? credential.numRetries
        merged.cooldownTime = cooldownTime ?? credential.cooldownTime
        merged.keepaliveSeconds = keepaliveSeconds ?? credential.keepaliveSeconds
        merged.dropParams = dropParams ?? credential.dropParams
        merged.inputCostPerToken = inputCostPerToken ?? credential.inputCostPerToken
        merged.outputCostPerToken = outputCostPerToken ?? credential.outputCostPerToken
        merged.mockResponse = mockResponse ?? credential.mockResponse
        merged.sslVerify = sslVerify ?? credential.sslVerify
        merged.useChatCompletionsAPI = useChatCompletionsAPI ?? credential.useChatCompletionsAPI
        if tags.isEmpty { merged.tags = credential.tags }
        if additionalDropParams.isEmpty { merged.additionalDropParams = credential.additionalDropParams }
        if allowedOpenAIParams.isEmpty { merged.allowedOpenAIParams = credential.allowedOpenAIParams }
        // A later one of the same name wins where these are used.
        merged.extraHeaders = credential.extraHeaders + extraHeaders
        merged.extraBody = credential.extraBody + extraBody
        merged.defaults = credential.defaults + defaults
        return merged
    }
}
