internal import ConfigFile
internal import EventLoop
internal import HTTPWire
internal import JSONText
internal import Model
internal import Routing

@testable internal import Gateway

/// A client's body becomes requests to upstreams. The first byte chooses the endpoint.
func checkUpstreamRequest(_ input: [UInt8]) {
    let input = Optioned(input)
    let asked = Endpoint.allCases[Int(input.options) % Endpoint.allCases.count]
    let pathModel: String? = input.has(7) ? "plain" : nil
    let envelope: Envelope
    do throws(GatewayError) {
        envelope = try Envelope(input.bytes.span, asked: asked, pathModel: pathModel)
    } catch {
        requireEqual(error.outcome.status, 400, "what cannot be read is the client's mistake")
        return
    }
    guard let route = try? catalog.resolve(envelope.model) else { return }
    for target in route.targets {
        for endpoint in Endpoint.allCases where target.speaks(endpoint) {
            var builder = UpstreamRequestBuilder(target: target, endpoint: endpoint, attribution: catalog.attribution)
            let wire = builder.build(body: input.bytes.span, envelope: envelope, client: nil)
            checkWire(bytes(of: wire), target, envelope)
        }
    }
}

/// Exactly one request of strict HTTP, whose body is JSON that asks for the target's model.
private func checkWire(_ wire: [UInt8], _ target: Target, _ envelope: Envelope) {
    let line = Array(wire.prefix { $0 != 0x0D })
    checkRequestLine(text(line))
    // As a server we refuse some paths that an upstream takes, such as one with an encoded slash.
    let wire = Array("POST / HTTP/1.1".utf8) + wire.dropFirst(line.count)
    var parser = RequestParser(limits: RequestLimits(requestLineBytes: 1 << 20))
    do throws(RequestRejection) {
        guard let head = try parser.parse(wire.span) else {
            require(false, "a request has a whole head: \(text(wire))")
            return
        }
        requireEqual(head.framing, .length(wire.count - parser.consumedBytes), "a request ends where its length says")
        requireEqual(head.fields.count(of: "authorization") + head.fields.count(of: "api-key"), 1, "one key is sent")
    } catch {
        require(false, "a request is strict HTTP: \(error.reason) \(text(wire))")
    }
    let body = Array(wire[parser.consumedBytes...])
    guard let value = try? JSONValue.parse(body.span) else {
        require(false, "a body stays JSON: \(text(body))")
        return
    }
    // A name that came twice goes on twice, and no reader of either can be led astray.
    let models = value.objectValue?.filter { $0.key == "model" } ?? []
    require(!models.isEmpty, "a model is asked for")
    for member in models { requireEqual(member.value.stringValue, target.upstreamModel, "it is the upstream's model") }
    for name in ["num_retries", "fallbacks", "mock_response", "litellm_metadata", "api_key"] {
        require(value[name] == nil, "`\(name)` is for the gateway")
    }
}

/// Whatever a client calls its model, it cannot leave the path that the configuration gave.
private func checkRequestLine(_ line: String) {
    let parts = line.split(separator: " ", omittingEmptySubsequences: false)
    require(parts.count == 3 && parts[0] == "POST" && parts[2] == "HTTP/1.1", "a request line has three parts: \(line)")
    require(line.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != 0x23 }, "a request line is plain ASCII: \(line)")
    let path = parts[1].prefix { $0 != "?" }.lowercased().replacing("%2e", with: ".")
    require(path.hasPrefix("/"), "a path is absolute: \(line)")
    require(!path.split(separator: "/").contains { $0 == "." || $0 == ".." }, "a path does not climb: \(line)")
}

func bytes(of buffer: borrowing ByteBuffer) -> [UInt8] {
    let span = buffer.bytes
    var bytes: [UInt8] = []
    bytes.reserveCapacity(span.count)
    for index in span.indices { bytes.append(span[index]) }
    return bytes
}

/// Names from the client end in bodies, in paths (Azure) and nowhere else.
private let catalog: Catalog = {
    let yaml = """
        model_list:
          - model_name: openrouter/*
            litellm_params: {model: openrouter/*, api_key: k-1}
          - model_name: "azure/*"
            litellm_params:
              model: azure/*
              api_base: https://example.openai.azure.com
              api_version: "2024-10-21"
              api_key: k-2
          - model_name: "*"
            litellm_params: {model: "openai/*", api_key: k-3, temperature: 0.2, max_tokens: 7, api_base: "http://[::1]:9/v1"}
          - model_name: plain
            litellm_params: {model: groq/plain, api_key: k-4}
        """
    let loaded = loadConfig(path: "config.yaml", environment: [:]) { _ throws(ConfigReadError) in Array(yaml.utf8) }
    require(!loaded.hasErrors, "the configuration of this target is sound: \(loaded.issues.map(\.text))")
    return Catalog(config: loaded.config, environment: [:])
}()
