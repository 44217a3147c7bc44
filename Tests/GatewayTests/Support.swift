import ConfigFile
import EventLoop
import HTTPWire
import JSONText
import Model
import Observability
import Providers
import Routing
import Testing

@testable import Gateway

/// A parsed head, from a request line and fields with bare line feeds.
func head(_ text: String) throws -> RequestHead {
    let bytes = Array(text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n").utf8)
    var parser = RequestParser()
    let parsed = try parser.parse(bytes.span)
    return try #require(parsed)
}

/// A head with a `Host` and these fields.
func request(_ line: String = "POST /v1/chat/completions", _ fields: String...) throws -> RequestHead {
    try head("\(line) HTTP/1.1\nHost: gateway\n" + fields.map { "\($0)\n" }.joined() + "\n")
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

func text(_ buffer: borrowing ByteBuffer) -> String {
    let span = buffer.bytes
    return text(span.indices.map { span[$0] })
}

func buffer(_ text: String) -> ByteBuffer {
    var buffer = ByteBuffer()
    buffer.append(text: text)
    return buffer
}

func envelope(
    _ body: String, _ endpoint: Endpoint = .chatCompletions, pathModel: String? = nil
) throws(GatewayError) -> Envelope {
    try Envelope(buffer(body), asked: endpoint, pathModel: pathModel)
}

func json(_ bytes: [UInt8]) throws -> JSONValue { try JSONValue.parse(bytes.span) }

func json(_ text: String) throws -> JSONValue { try JSONValue.parse(text) }

let openRedactor = Redactor(secrets: [])

/// The one deployment that `group` leads to, in a configuration of one entry.
func target(
    _ model: String, group: String = "m", environment: [String: String] = Keys.environment, asking asked: String? = nil,
    _ change: (inout ModelParams) -> Void = { _ in }
) throws -> Target {
    var params = ModelParams()
    params.model = model
    change(&params)
    var config = Config()
    config.models = [
        ModelEntry(
            name: group, params: params, location: ConfigLocation(path: "model_list[0]", file: "c.yaml", line: 1))
    ]
    let route = try Catalog(config: config, environment: environment).resolve(asked ?? group)
    return try #require(route.targets.first)
}

enum Keys {
    static let environment = [
        "OPENROUTER_API_KEY": "or-key", "OPENAI_API_KEY": "oa-key", "AZURE_API_KEY": "az-key",
        "GROQ_API_KEY": "gq-key",
    ]
}

/// A table's row by its name in failures.
struct Row<Input: Sendable, Expected: Sendable>: Sendable, CustomTestStringConvertible {
    let rule: String
    let input: Input
    let expected: Expected

    init(_ rule: String, _ input: Input, _ expected: Expected) {
        self.rule = rule
        self.input = input
        self.expected = expected
    }

    var testDescription: String { rule }
}
