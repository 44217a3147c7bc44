import Testing

@testable import Observability

@Suite struct AnswererLabelsTests {
    static let table: [(model: String?, provider: String?, field: String)] = [
        ("a/b:free", "OpenInference", "a/b:free; provider=OpenInference"), ("a", nil, "a"), (nil, "P", "provider=P"),
        ("a", "Google AI Studio", "a; provider=\"Google AI Studio\""), ("a b", nil, "a%20b"),
        ("é\r\nx: y", "\"q\"; z", "%C3%A9%0D%0Ax:%20y; provider=\"%22q%22%3B z\""),
    ]

    @Test(arguments: table)
    func areVisibleASCII(_ model: String?, _ provider: String?, _ field: String) {
        #expect(AnswererLabels(model: model, provider: provider, redactor: Redactor(secrets: [])).fieldValue == field)
    }

    @Test func areBounded() {
        let long = String(repeating: "é", count: 1000)
        let labels = AnswererLabels(model: long, provider: long, redactor: Redactor(secrets: []))
        #expect(labels.fieldValue.utf8.count < 450)
        #expect(labels.logFields.bytes.count < 600)
    }
}
