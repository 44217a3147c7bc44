import HTTPServer
import HTTPWire
import Model
import Observability
import Testing

@testable import Gateway

@Suite struct UpstreamFieldsTests {
    /// What the client gets of an upstream's field lines.
    static func passed(_ lines: String) throws -> String {
        let head = Array("HTTP/1.1 200 OK\r\n\(lines)\r\n".utf8)
        var parser = ResponseParser()
        let parsed = try #require(try parser.parse(head.span, answering: .post))
        var fields = ResponseFields()
        UpstreamFields.pass(parsed.fields, into: &fields, Redactor(secrets: []))
        return text(fields.wire)
    }

    static let table: [(lines: String, wire: String)] = [
        ("X-OpenRouter-Model: a/b\r\n", "x-openrouter-model: a/b\r\n"),
        ("x-openrouter-provider: P q\r\n", "x-openrouter-provider: P q\r\n"),
        ("X-Generation-Id: g\r\n", "llm_provider-x-generation-id: g\r\nx-generation-id: g\r\n"),
        ("x-openrouter: a\r\nx-openrouter-: a\r\nSet-Cookie: a=b\r\nx-openrouterx: b\r\n", ""),
    ]

    @Test(arguments: table)
    func openRoutersComeUnderTheirOwnNames(_ lines: String, _ wire: String) throws {
        #expect(try Self.passed(lines) == wire)
    }
}
