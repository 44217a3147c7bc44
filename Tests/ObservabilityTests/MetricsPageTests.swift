import Model
import Testing

@testable import Observability

/// The page as Prometheus reads it, whole but for the buckets, which `PrometheusTextTests` has.
@Suite struct MetricsPageTests {
    @Test func aStreamThatAnswered() {
        var attempt = Fixtures.attempt("d1", "openai", group: "gpt", at: 5...105)
        attempt.firstTokenAt = Fixtures.time(45)
        let record = Fixtures.record(model: "gpt", [attempt]) {
            $0.isStream = true
            $0.firstTokenAt = Fixtures.time(45)
            $0.usage = .init(promptTokens: 12, completionTokens: 5, totalTokens: 17, cachedTokens: 3)
            $0.cost = 0.00008
        }
        let gauges: [MetricsReading.DeploymentGauge] = [
            .init(id: "d1", level: .healthy, cooldownSeconds: 0, inFlight: 1),
            .init(id: "d2", level: .partial, cooldownSeconds: 0, inFlight: 0),
            .init(id: "d3", level: .outage, cooldownSeconds: 4.25, inFlight: 0),
        ]
        let page = Fixtures.page([record], deployments: gauges).filter {
            !$0.contains("_bucket{") && !$0.hasPrefix("process_start_time_seconds ")
        }
        #expect(page.joined(separator: "\n") == MetricsPageTests.expected)
    }

    static let expected = #"""
        # HELP litellm_proxy_total_requests_metric_total Requests to inference routes, by the status of the answer.
        # TYPE litellm_proxy_total_requests_metric_total counter
        litellm_proxy_total_requests_metric_total{hashed_api_key="None",api_key_alias="None",team="None",team_alias="None",user="None",end_user="None",requested_model="gpt",user_email="None",org_id="None",org_alias="None",route="/chat/completions",client_ip="None",user_agent="None",api_provider="openai",model_id="d1",status_code="200"} 1
        # HELP litellm_requests_metric_total Requests that were put to a deployment.
        # TYPE litellm_requests_metric_total counter
        litellm_requests_metric_total{hashed_api_key="None",api_key_alias="None",team="None",team_alias="None",user="None",end_user="None",requested_model="gpt",model="openai/gpt-4o",model_id="d1",api_provider="openai"} 1
        # HELP litellm_spend_metric_total US dollars.
        # TYPE litellm_spend_metric_total counter
        litellm_spend_metric_total{hashed_api_key="None",api_key_alias="None",team="None",team_alias="None",user="None",end_user="None",requested_model="gpt",model="openai/gpt-4o",model_id="d1",api_provider="openai"} 8e-05
        # HELP litellm_total_tokens_metric_total Tokens in and out.
        # TYPE litellm_total_tokens_metric_total counter
        litellm_total_tokens_metric_total{hashed_api_key="None",api_key_alias="None",team="None",team_alias="None",user="None",end_user="None",requested_model="gpt",model="openai/gpt-4o",model_id="d1",api_provider="openai"} 17
        # HELP litellm_input_tokens_metric_total Tokens of prompts.
        # TYPE litellm_input_tokens_metric_total counter
        litellm_input_tokens_metric_total{hashed_api_key="None",api_key_alias="None",team="None",team_alias="None",user="None",end_user="None",requested_model="gpt",model="openai/gpt-4o",model_id="d1",api_provider="openai"} 12
        # HELP litellm_output_tokens_metric_total Tokens of completions.
        # TYPE litellm_output_tokens_metric_total counter
        litellm_output_tokens_metric_total{hashed_api_key="None",api_key_alias="None",team="None",team_alias="None",user="None",end_user="None",requested_model="gpt",model="openai/gpt-4o",model_id="d1",api_provider="openai"} 5
        # HELP litellm_cached_tokens_metric_total Tokens of prompts that the upstream had in its cache.
        # TYPE litellm_cached_tokens_metric_total counter
        litellm_cached_tokens_metric_total{hashed_api_key="None",api_key_alias="None",team="None",team_alias="None",user="None",end_user="None",requested_model="gpt",model="openai/gpt-4o",model_id="d1",api_provider="openai"} 3
        # HELP litellm_deployment_total_requests_total Calls to a deployment.
        # TYPE litellm_deployment_total_requests_total counter
        litellm_deployment_total_requests_total{litellm_model_name="openai/gpt-4o",model_id="d1",api_base="https://api.openai.com/v1",api_provider="openai",requested_model="gpt",model_group="gpt",hashed_api_key="None",api_key_alias="None",team="None",team_alias="None"} 1
        # HELP litellm_deployment_success_responses_total Calls to a deployment that it answered.
        # TYPE litellm_deployment_success_responses_total counter
        litellm_deployment_success_responses_total{litellm_model_name="openai/gpt-4o",model_id="d1",api_base="https://api.openai.com/v1",api_provider="openai",requested_model="gpt",model_group="gpt",hashed_api_key="None",api_key_alias="None",team="None",team_alias="None"} 1
        # HELP litellm_request_total_latency_metric Seconds from a request's head to the end of its answer.
        # TYPE litellm_request_total_latency_metric histogram
        litellm_request_total_latency_metric_sum{model="openai/gpt-4o",model_group="gpt",requested_model="gpt",hashed_api_key="None",api_key_alias="None",team="None",team_alias="None",user="None",end_user="None",api_provider="openai",model_id="d1",service_tier="None"} 0.12
        litellm_request_total_latency_metric_count{model="openai/gpt-4o",model_group="gpt",requested_model="gpt",hashed_api_key="None",api_key_alias="None",team="None",team_alias="None",user="None",end_user="None",api_provider="openai",model_id="d1",service_tier="None"} 1
        # HELP litellm_llm_api_latency_metric Seconds of the call that answered, from sending to its last byte.
        # TYPE litellm_llm_api_latency_metric histogram
        litellm_llm_api_latency_metric_sum{model="openai/gpt-4o",model_group="gpt",requested_model="gpt",hashed_api_key="None",api_key_alias="None",team="None",team_alias="None",user="None",end_user="None",api_provider="openai",model_id="d1",service_tier="None"} 0.1
        litellm_llm_api_latency_metric_count{model="openai/gpt-4o",model_group="gpt",requested_model="gpt",hashed_api_key="None",api_key_alias="None",team="None",team_alias="None",user="None",end_user="None",api_provider="openai",model_id="d1",service_tier="None"} 1
        # HELP litellm_llm_api_time_to_first_token_metric Seconds of a stream's call to its first content.
        # TYPE litellm_llm_api_time_to_first_token_metric histogram
        litellm_llm_api_time_to_first_token_metric_sum{model="openai/gpt-4o",model_group="gpt",requested_model="gpt",hashed_api_key="None",api_key_alias="None",team="None",team_alias="None",user="None",end_user="None",api_provider="openai",model_id="d1",service_tier="None"} 0.04
        litellm_llm_api_time_to_first_token_metric_count{model="openai/gpt-4o",model_group="gpt",requested_model="gpt",hashed_api_key="None",api_key_alias="None",team="None",team_alias="None",user="None",end_user="None",api_provider="openai",model_id="d1",service_tier="None"} 1
        # HELP litellm_overhead_latency_metric Seconds of a request that were not spent on calls upstream.
        # TYPE litellm_overhead_latency_metric histogram
        litellm_overhead_latency_metric_sum{model="openai/gpt-4o",model_group="gpt",requested_model="gpt",hashed_api_key="None",api_key_alias="None",team="None",team_alias="None",user="None",end_user="None",api_provider="openai",model_id="d1"} 0.02
        litellm_overhead_latency_metric_count{model="openai/gpt-4o",model_group="gpt",requested_model="gpt",hashed_api_key="None",api_key_alias="None",team="None",team_alias="None",user="None",end_user="None",api_provider="openai",model_id="d1"} 1
        # HELP litellm_deployment_latency_per_output_token Seconds of a call for each token of its completion.
        # TYPE litellm_deployment_latency_per_output_token histogram
        litellm_deployment_latency_per_output_token_sum{litellm_model_name="openai/gpt-4o",model_id="d1",api_base="https://api.openai.com/v1",api_provider="openai",hashed_api_key="None",api_key_alias="None",team="None",team_alias="None"} 0.02
        litellm_deployment_latency_per_output_token_count{litellm_model_name="openai/gpt-4o",model_id="d1",api_base="https://api.openai.com/v1",api_provider="openai",hashed_api_key="None",api_key_alias="None",team="None",team_alias="None"} 1
        # HELP litellm_deployment_state 0: healthy. 1: its last call failed, or it has rested and is being tried. 2: it rests.
        # TYPE litellm_deployment_state gauge
        litellm_deployment_state{litellm_model_name="azure/gpt",model_id="d2",api_base="https://a.example",api_provider="azure"} 1
        litellm_deployment_state{litellm_model_name="groq/llama",model_id="d3",api_base="https://g.example",api_provider="groq"} 2
        litellm_deployment_state{litellm_model_name="openai/gpt-4o",model_id="d1",api_base="https://api.openai.com/v1",api_provider="openai"} 0
        # HELP litellm_in_flight_requests Requests to inference routes that are being answered.
        # TYPE litellm_in_flight_requests gauge
        litellm_in_flight_requests 0
        # HELP penstock_http_requests_total Requests to any route.
        # TYPE penstock_http_requests_total counter
        penstock_http_requests_total{route="/chat/completions",status="200"} 1
        # HELP penstock_requests_total Requests to inference routes.
        # TYPE penstock_requests_total counter
        penstock_requests_total{requested_model="gpt"} 1
        # HELP penstock_fallback_requests_total Those of penstock_requests_total that another group was asked for.
        # TYPE penstock_fallback_requests_total counter
        penstock_fallback_requests_total{requested_model="gpt"} 0
        # HELP penstock_upstream_attempts_total Calls upstream for clients' requests, by what came of them.
        # TYPE penstock_upstream_attempts_total counter
        penstock_upstream_attempts_total{api_provider="openai",model_group="gpt",model_id="d1",outcome="success"} 1
        # HELP penstock_deployment_cooldown_seconds How long a deployment will rest; 0 when it does not.
        # TYPE penstock_deployment_cooldown_seconds gauge
        penstock_deployment_cooldown_seconds{api_provider="azure",model_group="gpt",model_id="d2"} 0
        penstock_deployment_cooldown_seconds{api_provider="groq",model_group="backup",model_id="d3"} 4.25
        penstock_deployment_cooldown_seconds{api_provider="openai",model_group="gpt",model_id="d1"} 0
        # HELP penstock_deployment_in_flight Calls to a deployment under way.
        # TYPE penstock_deployment_in_flight gauge
        penstock_deployment_in_flight{api_provider="azure",model_group="gpt",model_id="d2"} 0
        penstock_deployment_in_flight{api_provider="groq",model_group="backup",model_id="d3"} 0
        penstock_deployment_in_flight{api_provider="openai",model_group="gpt",model_id="d1"} 1
        # HELP penstock_group_latency_quantile_seconds Latency of successful requests of a model group, by the group that was asked for, over the last five to ten minutes.
        # TYPE penstock_group_latency_quantile_seconds gauge
        penstock_group_latency_quantile_seconds{model_group="gpt",quantile="0.5"} 0.175
        penstock_group_latency_quantile_seconds{model_group="gpt",quantile="0.95"} 0.2425
        penstock_group_latency_quantile_seconds{model_group="gpt",quantile="0.99"} 0.2485
        # HELP penstock_group_first_token_quantile_seconds Time to the first content from the request's head, for streams, over the last five to ten minutes.
        # TYPE penstock_group_first_token_quantile_seconds gauge
        penstock_group_first_token_quantile_seconds{model_group="gpt",quantile="0.5"} 0.0375
        penstock_group_first_token_quantile_seconds{model_group="gpt",quantile="0.95"} 0.04875
        penstock_group_first_token_quantile_seconds{model_group="gpt",quantile="0.99"} 0.04975
        # HELP penstock_deployment_latency_quantile_seconds Latency of successful calls to a deployment, over the last five to ten minutes.
        # TYPE penstock_deployment_latency_quantile_seconds gauge
        penstock_deployment_latency_quantile_seconds{api_provider="openai",model_group="gpt",model_id="d1",quantile="0.5"} 0.075
        penstock_deployment_latency_quantile_seconds{api_provider="openai",model_group="gpt",model_id="d1",quantile="0.95"} 0.0975
        penstock_deployment_latency_quantile_seconds{api_provider="openai",model_group="gpt",model_id="d1",quantile="0.99"} 0.0995
        # HELP penstock_deployment_first_token_quantile_seconds Time to the first content from sending, for streams, over the last five to ten minutes.
        # TYPE penstock_deployment_first_token_quantile_seconds gauge
        penstock_deployment_first_token_quantile_seconds{api_provider="openai",model_group="gpt",model_id="d1",quantile="0.5"} 0.0375
        penstock_deployment_first_token_quantile_seconds{api_provider="openai",model_group="gpt",model_id="d1",quantile="0.95"} 0.04875
        penstock_deployment_first_token_quantile_seconds{api_provider="openai",model_group="gpt",model_id="d1",quantile="0.99"} 0.04975
        # HELP penstock_requests_in_flight Requests being answered, this one among them.
        # TYPE penstock_requests_in_flight gauge
        penstock_requests_in_flight 0
        # HELP penstock_open_streams Streamed answers under way.
        # TYPE penstock_open_streams gauge
        penstock_open_streams 0
        # HELP penstock_open_connections Clients' connections.
        # TYPE penstock_open_connections gauge
        penstock_open_connections 0
        # HELP penstock_loop_lag_seconds The longest time that an event loop was busy at a stretch, in the last one to two minutes.
        # TYPE penstock_loop_lag_seconds gauge
        penstock_loop_lag_seconds{loop="0"} 0.002
        # HELP penstock_metrics_series Rows of the registries of all loops, added up.
        # TYPE penstock_metrics_series gauge
        penstock_metrics_series 5
        # HELP penstock_metrics_overflow_total Observations counted under `other` because a table of the registry was full.
        # TYPE penstock_metrics_overflow_total counter
        penstock_metrics_overflow_total 0
        # HELP penstock_build_info Always 1.
        # TYPE penstock_build_info gauge
        penstock_build_info{version="1.2.3"} 1
        # HELP process_start_time_seconds Seconds since 1970 at which the process began.
        # TYPE process_start_time_seconds gauge
        """#
}
