import Model
import Testing

@testable import Observability

/// From one record to the samples it leaves.
@Suite struct MetricCountingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let record: @Sendable () -> RequestRecord
        /// Metric to its samples.
        let expected: [String: [String]]

        init(
            _ rule: String, _ record: @escaping @autoclosure @Sendable () -> RequestRecord,
            _ expected: [String: [String]]
        ) {
            (testDescription, self.record, self.expected) = (rule, record, expected)
        }
    }

    static let cases: [Case] = [
        Case(
            "a name that only a wildcard covers is the wildcard's",
            Fixtures.record(
                model: "openrouter/evil", [Fixtures.attempt("dw", "openrouter", group: "openrouter/*")]),
            [
                "penstock_requests_total": [#"{requested_model="openrouter/*"} 1"#],
                "penstock_upstream_attempts_total": [
                    #"{api_provider="openrouter",model_group="openrouter/*",model_id="dw",outcome="success"} 1"#
                ],
            ]),
        Case(
            "an alias is a name of the configuration",
            Fixtures.record(model: "nick", [Fixtures.attempt("d1", "openai", group: "gpt")]),
            ["penstock_requests_total": [#"{requested_model="nick"} 1"#]]),
        Case(
            "an unknown name is other, and its refusal the gateway's own",
            Fixtures.record(model: "evil", status: 404),
            [
                "penstock_requests_total": [#"{requested_model="other"} 1"#],
                "penstock_http_requests_total": [#"{route="/chat/completions",status="404"} 1"#],
                "penstock_upstream_attempts_total": [],
                "litellm_proxy_failed_requests_metric_total": [
                    #"{hashed_api_key="None",api_key_alias="None",team="None",team_alias="None",user="None",end_user="None",requested_model="other",user_email="None",org_id="None",org_alias="None",route="/chat/completions",client_ip="None",user_agent="None",api_provider="None",model_id="None",exception_status="404",exception_class="NotFoundError"} 1"#
                ],
            ]),
        Case(
            "a wildcard whose deployments all rest keeps its name",
            Fixtures.record(model: "openrouter/x", status: 429) { $0.routedGroup = "openrouter/*" },
            ["penstock_requests_total": [#"{requested_model="openrouter/*"} 1"#]]),
        Case(
            "a body without a model is None", Fixtures.record(model: nil, status: 400),
            ["penstock_requests_total": [#"{requested_model="None"} 1"#]]),
        Case(
            "of an open wildcard the request says the provider, if there is such a one",
            Fixtures.record(model: "groq/x", [Fixtures.attempt("any", "groq", group: "*")]),
            [
                "litellm_deployment_success_responses_total": [
                    #"{litellm_model_name="*",model_id="any",api_base="None",api_provider="groq",requested_model="*",model_group="*",hashed_api_key="None",api_key_alias="None",team="None",team_alias="None"} 1"#
                ]
            ]),
        Case(
            "an admin route is in no metric of models", Fixtures.record(model: nil, route: 1),
            [
                "penstock_http_requests_total": [#"{route="/metrics",status="200"} 1"#],
                "penstock_requests_total": [], "litellm_proxy_total_requests_metric_total": [],
            ]),
        Case(
            "no route is other", Fixtures.record(model: nil, status: 404, route: nil),
            ["penstock_http_requests_total": [#"{route="other",status="404"} 1"#]]),
        Case(
            "a retry within the group, by what failed before it",
            Fixtures.record(
                model: "gpt",
                [
                    Fixtures.attempt("d1", "openai", group: "gpt", "RateLimitError", 429),
                    Fixtures.attempt("d2", "azure", group: "gpt"),
                ]
            ) { $0.retries = 1 },
            [
                "penstock_retries_total": [#"{model_group="gpt",cause="RateLimitError"} 1"#],
                "penstock_fallbacks_total": [],
                "penstock_upstream_errors_total": [#"{api_provider="openai",class="RateLimitError"} 1"#],
                "penstock_upstream_attempts_total": [
                    #"{api_provider="azure",model_group="gpt",model_id="d2",outcome="success"} 1"#,
                    #"{api_provider="openai",model_group="gpt",model_id="d1",outcome="RateLimitError"} 1"#,
                ],
                "penstock_fallback_requests_total": [#"{requested_model="gpt"} 0"#],
                "litellm_proxy_failed_requests_metric_total": [],
            ]),
        Case(
            "a fallback that answers, after a retry of its own",
            Fixtures.record(
                model: "gpt",
                [
                    Fixtures.attempt("d1", "openai", group: "gpt", "Timeout", 504),
                    Fixtures.attempt("d3", "groq", group: "backup", "RateLimitError", 429, isFallback: true),
                    Fixtures.attempt("d3", "groq", group: "backup", isFallback: true),
                ]
            ) { $0.fallbacks = 1 },
            [
                "penstock_fallbacks_total": [
                    #"{requested_model="gpt",fallback_model="backup",cause="Timeout",outcome="success"} 1"#
                ],
                "penstock_retries_total": [#"{model_group="backup",cause="RateLimitError"} 1"#],
                "penstock_fallback_requests_total": [#"{requested_model="gpt"} 1"#],
                "litellm_deployment_successful_fallbacks_total": [
                    #"{requested_model="gpt",fallback_model="backup",hashed_api_key="None",api_key_alias="None",team="None",team_alias="None",exception_status="504",exception_class="Timeout"} 1"#
                ],
                "litellm_deployment_failed_fallbacks_total": [],
            ]),
        Case(
            "two fallbacks, both in vain",
            Fixtures.record(
                model: "nick", status: 500,
                [
                    Fixtures.attempt("d1", "openai", group: "gpt", "Timeout", 504),
                    Fixtures.attempt("d3", "groq", group: "backup", "RateLimitError", 429, isFallback: true),
                    Fixtures.attempt(
                        "dw", "openrouter", group: "openrouter/*", "InternalServerError", 500, isFallback: true),
                ]
            ) { $0.fallbacks = 2 },
            [
                "penstock_fallbacks_total": [
                    #"{requested_model="nick",fallback_model="backup",cause="Timeout",outcome="failure"} 1"#,
                    #"{requested_model="nick",fallback_model="openrouter/*",cause="RateLimitError",outcome="failure"} 1"#,
                ]
            ]),
        Case(
            "a group that rests as a whole leaves its fallback without a cause",
            Fixtures.record(model: "gpt", [Fixtures.attempt("d3", "groq", group: "backup", isFallback: true)]) {
                $0.fallbacks = 1
            },
            [
                "penstock_fallbacks_total": [
                    #"{requested_model="gpt",fallback_model="backup",cause="unavailable",outcome="success"} 1"#
                ],
                "litellm_deployment_successful_fallbacks_total": [
                    #"{requested_model="gpt",fallback_model="backup",hashed_api_key="None",api_key_alias="None",team="None",team_alias="None",exception_status="None",exception_class="unavailable"} 1"#
                ],
            ]),
        Case(
            "a client that left is nobody's failure",
            Fixtures.record(
                model: "gpt", status: 499, [Fixtures.attempt("d1", "openai", group: "gpt", "client_left", 499)]
            ) { $0.clientLeft = true },
            [
                "penstock_client_disconnects_total": [#"{route="/chat/completions"} 1"#],
                "penstock_upstream_errors_total": [], "litellm_proxy_failed_requests_metric_total": [],
                "litellm_deployment_failure_responses_total": [],
                "penstock_upstream_attempts_total": [
                    #"{api_provider="openai",model_group="gpt",model_id="d1",outcome="client_left"} 1"#
                ],
                "penstock_group_latency_quantile_seconds": [],
            ]),
        Case(
            "a stream that broke is a failure, whatever its status said",
            Fixtures.record(model: "gpt", [Fixtures.attempt("d1", "openai", group: "gpt", "Timeout", 504)]) {
                $0.isStream = true
                $0.firstTokenAt = Fixtures.time(10)
            },
            [
                "litellm_proxy_failed_requests_metric_total": [
                    #"{hashed_api_key="None",api_key_alias="None",team="None",team_alias="None",user="None",end_user="None",requested_model="gpt",user_email="None",org_id="None",org_alias="None",route="/chat/completions",client_ip="None",user_agent="None",api_provider="openai",model_id="d1",exception_status="200",exception_class="Openai.Timeout"} 1"#
                ],
                "litellm_request_total_latency_metric_count": [],
            ]),
        Case(
            "a call that was given up before it was sent is none",
            Fixtures.record(model: "gpt", status: 400, [Fixtures.attempt("d1", "openai", group: "gpt")]) {
                $0.attemptLog[0].endedAt = nil
            },
            [
                "penstock_upstream_attempts_total": [], "litellm_requests_metric_total": [],
                "penstock_requests_total": [#"{requested_model="gpt"} 1"#],
            ]),
    ]

    @Test(arguments: cases) func leaves(_ c: Case) {
        let page = Fixtures.page([c.record()])
        for (name, samples) in c.expected.sorted(by: { $0.key < $1.key }) {
            #expect(Fixtures.samples(name, of: page) == samples, "\(name)")
        }
    }

    @Test func loopsAreAddedUp() {
        let record = Fixtures.record(model: "gpt", [Fixtures.attempt("d1", "openai", group: "gpt")])
        let (one, four) = (
            Fixtures.page(Array(repeating: record, count: 12)),
            Fixtures.page(Array(repeating: record, count: 12), loops: 4)
        )
        func counts(_ page: [String]) -> [String] {
            page.filter {
                !$0.contains("penstock_loop_lag") && !$0.contains("penstock_metrics_series") && !$0.contains("_sum")
                    && !$0.contains("start_time")
            }
        }
        #expect(counts(one) == counts(four))
        #expect(Fixtures.samples("penstock_requests_total", of: four) == [#"{requested_model="gpt"} 12"#])
        #expect(Fixtures.samples("penstock_loop_lag_seconds", of: four).count == 4)
    }

    @Test(arguments: [1, 4]) func sumsStopAtTheLargestNumber(_ loops: Int) {
        let records = [Int.max, 1, .max, 1 << 53].map { tokens in
            Fixtures.record(model: "gpt", [Fixtures.attempt("d1", "openai", group: "gpt")]) {
                $0.usage = Usage(promptTokens: tokens, completionTokens: tokens, cachedTokens: tokens)
                $0.cost = Double.greatestFiniteMagnitude
            }
        }
        let page = Fixtures.page(records + records, loops: loops)
        for name in ["total", "input", "output", "cached"] {
            let samples = Fixtures.samples("litellm_\(name)_tokens_metric_total", of: page)
            #expect(samples.map { $0.split(separator: " ").last } == ["9.223372036854776e+18"], "\(name)")
        }
        let spend = Fixtures.samples("litellm_spend_metric_total", of: page)
        #expect(spend.map { $0.split(separator: " ").last } == ["1.7976931348623157e+308"])
    }

    @Test func quantilesOfAGroupAreThoseOfWhoAskedForIt() {
        var records = (0..<9).map { _ in
            Fixtures.record(model: "gpt", [Fixtures.attempt("d1", "openai", group: "gpt", at: 0...30)])
        }
        records.append(
            Fixtures.record(
                model: "gpt",
                [
                    Fixtures.attempt("d1", "openai", group: "gpt", "Timeout", 504, at: 0...50),
                    Fixtures.attempt("d3", "groq", group: "backup", isFallback: true, at: 50...100),
                ]))
        let page = Fixtures.page(records)
        #expect(
            Fixtures.samples("penstock_group_latency_quantile_seconds", of: page) == [
                #"{model_group="gpt",quantile="0.5"} 0.175"#, #"{model_group="gpt",quantile="0.95"} 0.2425"#,
                #"{model_group="gpt",quantile="0.99"} 0.2485"#,
            ])
        #expect(
            Fixtures.samples("penstock_deployment_latency_quantile_seconds", of: page).map { $0.prefix(54) } == [
                #"{api_provider="groq",model_group="backup",model_id="d3"#,
                #"{api_provider="groq",model_group="backup",model_id="d3"#,
                #"{api_provider="groq",model_group="backup",model_id="d3"#,
                #"{api_provider="openai",model_group="gpt",model_id="d1""#,
                #"{api_provider="openai",model_group="gpt",model_id="d1""#,
                #"{api_provider="openai",model_group="gpt",model_id="d1""#,
            ])
    }
}
