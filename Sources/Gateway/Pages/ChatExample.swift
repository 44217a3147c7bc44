internal import JSONText

/// A first request to be copied. Whatever the model is called, the shell and Python read it as one text. Pure.
package struct ChatExample: Sendable {
    /// `http://localhost:4000/v1`.
    let base: String
    let model: String
    /// The variable that holds the key; `nil`: none is wanted.
    let keyVariable: String?

    /// - Parameter keyVariable: one that is no name of a variable is replaced.
    package init(base: String, model: String, keyVariable: String?) {
        (self.base, self.model) = (base, model)
        self.keyVariable = keyVariable.map { ChatExample.isName($0) ? $0 : "LITELLM_MASTER_KEY" }
    }

    package var curl: String {
        let key = keyVariable.map { " -H \"Authorization: Bearer $\($0)\"" } ?? ""
        let body = #"{"model":\#(json(model)),"messages":[{"role":"user","content":"Hello"}]}"#
        return "curl \(base)/chat/completions\(key) \\\n  -H 'Content-Type: application/json' \\\n"
            + "  -d \(ShellText.quoted(body))"
    }

    // The name of Python's function stands in quotes, since the lint would take it for a call of Swift's.
    var python: String {
        let key = keyVariable.map { #"os.environ["\#($0)"]"# } ?? #""none""#
        return (keyVariable == nil ? "" : "import os\n")
            + """
            from openai import OpenAI

            client = OpenAI(base_url=\(json(base)), api_key=\(key))
            answer = client.chat.completions.create(
                model=\(json(model)), messages=[{"role": "user", "content": "Hello"}])
            \("print")(answer.choices[0].message.content)
            """
    }

    /// A name that `pattern` matches. The two usual providers have a model that is there today and costs little.
    package static func name(for pattern: String) -> String {
        switch pattern {
        case "openrouter/*": "openrouter/openai/gpt-4o-mini"
        case "openai/*": "openai/gpt-4o-mini"
        default: pattern.replacing("*", with: "MODEL")
        }
    }

    /// Python reads it too. What a terminal would obey, or nobody see, is spelled out.
    private func json(_ text: String) -> String {
        let written = String(decoding: JSONValue.string(text).serialized(), as: UTF8.self)
        return written.unicodeScalars.map { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                scalar.value < 0x10000
                    ? "\\u" + String(String(scalar.value + 0x10000, radix: 16).dropFirst()) : String(scalar)
            default: String(scalar)
            }
        }.joined()
    }

    private static func isName(_ text: String) -> Bool {
        text.utf8.enumerated().allSatisfy { place, byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
                || place > 0 && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        } && !text.isEmpty
    }
}

/// What of a shell's language is written for people to run.
enum ShellText {
    private static let quote = UInt8(ascii: "'")

    /// In single quotes, as a shell takes it. Bytes: a quote with an accent behind it ends the string like any other.
    static func quoted(_ text: String) -> String {
        var out = [quote]
        for byte in text.utf8 { out += byte == quote ? Array(#"'\''"#.utf8) : [byte] }
        return String(decoding: out + [quote], as: UTF8.self)
    }
}
