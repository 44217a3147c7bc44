internal import EventLoop

/// What LiteLLM has no metric for.
extension MetricsReading {
    func writeRouting(to text: inout PrometheusText) {
        writeRequests(to: &text)
        writeAttempts(to: &text)
        writeAnswers(to: &text)
        writeMoves(to: &text)
        writeDeployments(to: &text)
    }

    private func writeRequests(to text: inout PrometheusText) {
        var http = MetricFamily("penstock_http_requests_total", "Requests to any route.", .counter)
        var requests = MetricFamily("penstock_requests_total", "Requests to inference routes.", .counter)
        var fellBack = MetricFamily(
            "penstock_fallback_requests_total", "Those of penstock_requests_total that another group was asked for.",
            .counter)
        var left = MetricFamily(
            "penstock_client_disconnects_total", "Requests whose client left before the end of the answer.", .counter)
        var refused = MetricFamily(
            "penstock_http_refusals_total", "Bytes that were no acceptable HTTP request.", .counter)
        for (key, row) in zip(tables.requests.keys, tables.requests.rows) {
            var labels = LabelText()
            labels.add("route", self.text(key.route))
            labels.add("status", String(key.status))
            http.add(labels, Double(row.requests))
            var route = LabelText()
            route.add("route", self.text(key.route))
            if row.disconnects > 0 { left.add(route, Double(row.disconnects)) }
            guard key.isInference else { continue }
            var model = LabelText()
            model.add("requested_model", self.text(key.model))
            requests.add(model, Double(row.requests))
            fellBack.add(model, Double(row.fellBack))
        }
        for (key, row) in zip(tables.refusals.keys, tables.refusals.rows) {
            var labels = LabelText()
            labels.add("status", String(key.status))
            refused.add(labels, Double(row.value))
        }
        for family in [http, refused, requests, fellBack, left] { family.write(to: &text) }
    }

    private func writeAttempts(to text: inout PrometheusText) {
        var attempts = MetricFamily(
            "penstock_upstream_attempts_total", "Calls upstream for clients' requests, by what came of them.", .counter)
        var errors = MetricFamily(
            "penstock_upstream_errors_total", "Calls upstream that failed, by provider and class.", .counter)
        for (key, row) in zip(tables.attempts.keys, tables.attempts.rows) {
            var labels = LabelText()
            labels.add("api_provider", self.text(key.provider))
            labels.add("model_group", self.text(key.group))
            labels.add("model_id", self.text(key.deployment))
            labels.add("outcome", self.text(key.outcome))
            attempts.add(labels, Double(row.value))
            guard key.outcome != .success, key.outcome != .clientLeft else { continue }
            var error = LabelText()
            error.add("api_provider", self.text(key.provider))
            error.add("class", self.text(key.outcome))
            errors.add(error, Double(row.value))
        }
        attempts.write(to: &text)
        errors.write(to: &text)
    }

    private func writeAnswers(to text: inout PrometheusText) {
        var family = MetricFamily(
            "penstock_answers_total", "Answers in which the upstream named its model or provider, by who that was.",
            .counter)
        for count in answers {
            var labels = deploymentLabels(self.text(count.key.deployment))
            labels.add("answered_model", self.text(count.key.model))
            labels.add("answered_provider", self.text(count.key.provider))
            family.add(labels, Double(count.value))
        }
        family.write(to: &text)
    }

    private func writeMoves(to text: inout PrometheusText) {
        var retries = MetricFamily(
            "penstock_retries_total", "Further calls within a group, by the failure before them.", .counter)
        for (key, row) in zip(tables.retries.keys, tables.retries.rows) {
            var labels = LabelText()
            labels.add("model_group", self.text(key.from))
            labels.add("cause", self.text(key.cause))
            retries.add(labels, Double(row.value))
        }
        var fallbacks = MetricFamily(
            "penstock_fallbacks_total",
            "Moves to another group, by the failure before them; `unavailable`: nobody of the group could be asked.",
            .counter)
        for (key, row) in zip(tables.fallbacks.keys, tables.fallbacks.rows) {
            var labels = LabelText()
            labels.add("requested_model", self.text(key.from))
            labels.add("fallback_model", self.text(key.to))
            labels.add("cause", self.text(key.cause))
            labels.add("outcome", key.succeeded ? "success" : "failure")
            fallbacks.add(labels, Double(row.value))
        }
        retries.write(to: &text)
        fallbacks.write(to: &text)
    }

    private func writeDeployments(to text: inout PrometheusText) {
        var seconds = MetricFamily(
            "penstock_deployment_cooldown_seconds", "How long a deployment will rest; 0 when it does not.", .gauge)
        var inFlight = MetricFamily("penstock_deployment_in_flight", "Calls to a deployment under way.", .gauge)
        for deployment in deployments {
            let labels = deploymentLabels(deployment.id)
            seconds.add(labels, deployment.cooldownSeconds)
            inFlight.add(labels, Double(deployment.inFlight))
        }
        var cooldowns = MetricFamily(
            "penstock_cooldowns_total", "How often a deployment began to rest, by the failure that caused it.", .counter
        )
        for (key, row) in zip(tables.cooldowns.keys, tables.cooldowns.rows) {
            var labels = deploymentLabels(self.text(key.deployment))
            labels.add("class", self.text(key.outcome))
            cooldowns.add(labels, Double(row.value))
        }
        var checks = MetricFamily(
            "penstock_health_checks_total", "Calls upstream for health checks, by what came of them.", .counter)
        for (key, row) in zip(tables.healthChecks.keys, tables.healthChecks.rows) {
            var labels = deploymentLabels(self.text(key.deployment))
            labels.add("outcome", self.text(key.outcome))
            checks.add(labels, Double(row.value))
        }
        for family in [seconds, inFlight, cooldowns, checks] { family.write(to: &text) }
    }

    private func deploymentLabels(_ id: String) -> LabelText {
        let facts = labels.facts[labels.label(of: id)]
        var text = LabelText()
        text.add("api_provider", facts?.provider ?? "None")
        text.add("model_group", facts?.group ?? "None")
        text.add("model_id", id)
        return text
    }

    // MARK: quantiles

    func writeQuantiles(to text: inout PrometheusText) {
        var groups = QuantileFamilies(
            "penstock_group", "requests of a model group, by the group that was asked for", "from the request's head")
        var deployments = QuantileFamilies("penstock_deployment", "calls to a deployment", "from sending")
        for (key, row) in zip(tables.recent.keys, tables.recent.rows) {
            var labels = LabelText()
            if key.isGroup {
                labels.add("model_group", self.text(key.label))
                groups.add(labels, row, at: now)
            } else {
                deployments.add(deploymentLabels(self.text(key.label)), row, at: now)
            }
        }
        groups.write(to: &text)
        deployments.write(to: &text)
    }

    private struct QuantileFamilies {
        private var latency: MetricFamily
        private var firstToken: MetricFamily

        init(_ prefix: String, _ what: String, _ from: String) {
            latency = MetricFamily(
                "\(prefix)_latency_quantile_seconds",
                "Latency of successful \(what), over the last five to ten minutes.", .gauge)
            firstToken = MetricFamily(
                "\(prefix)_first_token_quantile_seconds",
                "Time to the first content \(from), for streams, over the last five to ten minutes.", .gauge)
        }

        mutating func add(_ labels: LabelText, _ row: MetricTables.RecentRow, at now: LoopTime) {
            let (latencies, firstTokens) = (row.latency.histogram(at: now), row.firstToken.histogram(at: now))
            for (name, fraction) in [("0.5", 0.5), ("0.95", 0.95), ("0.99", 0.99)] {
                var labels = labels
                labels.add("quantile", name)
                if let seconds = latencies.quantile(fraction) { latency.add(labels, QuantileFamilies.rounded(seconds)) }
                if let seconds = firstTokens.quantile(fraction) {
                    firstToken.add(labels, QuantileFamilies.rounded(seconds))
                }
            }
        }

        /// To microseconds: what is interpolated knows no better.
        private static func rounded(_ seconds: Double) -> Double { (seconds * 1e6).rounded() / 1e6 }

        func write(to text: inout PrometheusText) {
            latency.write(to: &text)
            firstToken.write(to: &text)
        }
    }

    // MARK: the process

    func writeProcess(to text: inout PrometheusText) {
        func gauge(_ name: String, _ help: String, _ value: Double, _ kind: PrometheusText.Kind = .gauge) {
            text.header(name, help, kind)
            text.sample(name, "", value)
        }
        gauge("penstock_requests_in_flight", "Requests being answered, this one among them.", Double(requestsInFlight))
        gauge("penstock_open_streams", "Streamed answers under way.", Double(openStreams))
        gauge("penstock_open_connections", "Clients' connections.", Double(openConnections))
        var lag = MetricFamily(
            "penstock_loop_lag_seconds",
            "The longest time that an event loop was busy at a stretch, in the last one to two minutes.", .gauge)
        for loop in lags {
            var labels = LabelText()
            labels.add("loop", String(loop.loop))
            lag.add(labels, loop.seconds)
        }
        lag.write(to: &text)
        gauge("penstock_metrics_series", "Rows of the registries of all loops, added up.", Double(tables.seriesCount))
        gauge(
            "penstock_metrics_overflow_total",
            "Observations counted under `other` because a table of the registry was full.",
            Double(tables.overflowTotal), .counter)
        var build = MetricFamily("penstock_build_info", "Always 1.", .gauge)
        var labels = LabelText()
        labels.add("version", version)
        build.add(labels, 1)
        build.write(to: &text)
        gauge("process_start_time_seconds", "Seconds since 1970 at which the process began.", startedAtSeconds)
    }
}
