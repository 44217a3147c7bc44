/// Under LiteLLM's names and labels, so that its dashboards and alerts go on working. What is not known is `None`.
extension MetricsReading {
    func writeProxyCounters(to text: inout PrometheusText) {
        var total = MetricFamily(
            "litellm_proxy_total_requests_metric_total", "Requests to inference routes, by the status of the answer.",
            .counter)
        var failed = MetricFamily(
            "litellm_proxy_failed_requests_metric_total",
            "Requests to inference routes that got no completion, without those whose client left.", .counter)
        var requests = MetricFamily(
            "litellm_requests_metric_total", "Requests that were put to a deployment.", .counter)
        var spend = MetricFamily("litellm_spend_metric_total", "US dollars.", .counter)
        var tokens = MetricFamily("litellm_total_tokens_metric_total", "Tokens in and out.", .counter)
        var input = MetricFamily("litellm_input_tokens_metric_total", "Tokens of prompts.", .counter)
        var output = MetricFamily("litellm_output_tokens_metric_total", "Tokens of completions.", .counter)
        var cached = MetricFamily(
            "litellm_cached_tokens_metric_total", "Tokens of prompts that the upstream had in its cache.", .counter)
        for (key, row) in zip(tables.requests.keys, tables.requests.rows) where key.isInference {
            let isFailure = key.outcome != .success && key.outcome != .clientLeft
            var labels = LabelText()
            addRequest(key, to: &labels)
            var totalLabels = labels
            totalLabels.add("status_code", String(key.status))
            total.add(totalLabels, Double(row.requests))
            if isFailure {
                labels.add("exception_status", String(key.status))
                labels.add("exception_class", exceptionClass(key.outcome, provider: key.provider))
                failed.add(labels, Double(row.requests))
            }
            guard key.deployment != .none else { continue }
            var usage = LabelText()
            usage.addUser()
            usage.add("requested_model", self.text(key.model))
            usage.add("model", labelOfModel(key.deployment))
            usage.add("model_id", self.text(key.deployment))
            usage.add("api_provider", self.text(key.provider))
            requests.add(usage, Double(row.requests))
            spend.add(usage, row.spend)
            tokens.add(usage, Double(row.totalTokens))
            input.add(usage, Double(row.inputTokens))
            output.add(usage, Double(row.outputTokens))
            cached.add(usage, Double(row.cachedTokens))
        }
        for family in [total, failed, requests, spend, tokens, input, output, cached] { family.write(to: &text) }
    }

    private func addRequest(_ key: MetricTables.RequestKey, to labels: inout LabelText) {
        labels.addUser()
        labels.add("requested_model", text(key.model))
        labels.add("user_email", "None")
        labels.add("org_id", "None")
        labels.add("org_alias", "None")
        labels.add("route", text(key.route))
        labels.add("client_ip", "None")
        labels.add("user_agent", "None")
        labels.add("api_provider", text(key.provider))
        labels.add("model_id", text(key.deployment))
    }

    private func labelOfModel(_ deployment: MetricLabel) -> String { labels.facts[deployment]?.model ?? "None" }

    func writeDeploymentCounters(to text: inout PrometheusText) {
        var total = MetricFamily("litellm_deployment_total_requests_total", "Calls to a deployment.", .counter)
        var success = MetricFamily(
            "litellm_deployment_success_responses_total", "Calls to a deployment that it answered.", .counter)
        var failure = MetricFamily(
            "litellm_deployment_failure_responses_total", "Calls to a deployment that failed.", .counter)
        var failed = MetricFamily(
            "litellm_llm_api_failed_requests_metric_total", "Calls upstream that failed, by model.", .counter)
        for (key, row) in zip(tables.attempts.keys, tables.attempts.rows) {
            var labels = deploymentLabels(key.deployment, key.provider)
            labels.add("requested_model", self.text(key.model))
            labels.add("model_group", self.text(key.group))
            labels.addCaller()
            total.add(labels, Double(row.value))
            if key.outcome == .success { success.add(labels, Double(row.value)) }
            guard key.outcome != .success, key.outcome != .clientLeft else { continue }
            labels.add("exception_status", String(key.status))
            labels.add("exception_class", exceptionClass(key.outcome, provider: key.provider))
            failure.add(labels, Double(row.value))
            var model = LabelText()
            model.addUser()
            model.add("model", labelOfModel(key.deployment))
            failed.add(model, Double(row.value))
        }
        for family in [total, success, failure, failed] { family.write(to: &text) }
        writeFallbacks(to: &text)
    }

    private func writeFallbacks(to text: inout PrometheusText) {
        var successful = MetricFamily(
            "litellm_deployment_successful_fallbacks_total", "Moves to a fallback group that then answered.", .counter)
        var failed = MetricFamily(
            "litellm_deployment_failed_fallbacks_total", "Moves to a fallback group that failed as well.", .counter)
        for (key, row) in zip(tables.fallbacks.keys, tables.fallbacks.rows) {
            var labels = LabelText()
            labels.add("requested_model", self.text(key.from))
            labels.add("fallback_model", self.text(key.to))
            labels.addCaller()
            labels.add("exception_status", key.status == 0 ? "None" : String(key.status))
            labels.add("exception_class", self.text(key.cause))
            if key.succeeded {
                successful.add(labels, Double(row.value))
            } else {
                failed.add(labels, Double(row.value))
            }
        }
        successful.write(to: &text)
        failed.write(to: &text)
    }

    func writeLatencies(to text: inout PrometheusText) {
        var total = HistogramFamily(
            "litellm_request_total_latency_metric", "Seconds from a request's head to the end of its answer.")
        var upstream = HistogramFamily(
            "litellm_llm_api_latency_metric", "Seconds of the call that answered, from sending to its last byte.")
        var firstToken = HistogramFamily(
            "litellm_llm_api_time_to_first_token_metric", "Seconds of a stream's call to its first content.")
        var overhead = HistogramFamily(
            "litellm_overhead_latency_metric", "Seconds of a request that were not spent on calls upstream.")
        var perToken = HistogramFamily(
            "litellm_deployment_latency_per_output_token", "Seconds of a call for each token of its completion.")
        for (key, row) in zip(tables.latencies.keys, tables.latencies.rows) {
            var labels = LabelText()
            labels.add("model", labelOfModel(key.deployment))
            labels.add("model_group", self.text(key.group))
            labels.add("requested_model", self.text(key.model))
            labels.addUser()
            labels.add("api_provider", self.text(key.provider))
            labels.add("model_id", self.text(key.deployment))
            var deployment = deploymentLabels(key.deployment, key.provider)
            deployment.addCaller()
            perToken.add(deployment, row.perOutputToken)
            overhead.add(labels, row.overhead)
            labels.add("service_tier", "None")
            total.add(labels, row.total)
            upstream.add(labels, row.upstream)
            firstToken.add(labels, row.firstToken)
        }
        for family in [total, upstream, firstToken, overhead, perToken] { family.write(to: &text) }
    }

    func writeDeploymentGauges(to text: inout PrometheusText) {
        var state = MetricFamily(
            "litellm_deployment_state",
            "0: healthy. 1: its last call failed, or it has rested and is being tried. 2: it rests.",
            .gauge)
        for deployment in deployments {
            let label = labels.label(of: deployment.id)
            state.add(deploymentLabels(label, nil), Double(deployment.level.rawValue))
        }
        var cooledDown = MetricFamily(
            "litellm_deployment_cooled_down_total", "How often a deployment began to rest.", .counter)
        for (key, row) in zip(tables.cooldowns.keys, tables.cooldowns.rows) {
            var labels = deploymentLabels(key.deployment, key.provider)
            labels.add("exception_status", String(key.status))
            cooledDown.add(labels, Double(row.value))
        }
        state.write(to: &text)
        cooledDown.write(to: &text)
        var inFlight = MetricFamily(
            "litellm_in_flight_requests", "Requests to inference routes that are being answered.", .gauge)
        inFlight.add(LabelText(), Double(inferencesInFlight))
        inFlight.write(to: &text)
    }
}
