import JSONText
import TestSupport
import Testing

@testable import Gateway

/// What is to be copied is run as it stands: the shell's by bash, Python's by Python.
@Suite struct ChatExampleTests {
    static let names = [
        "demo", "it's", #"say "hi""#, #"back\slash\n"#, "$HOME `id` $(id)", "a  b", "é ü 模型", "!!", "-d", "'", #"\"#,
        #"'"'\''"#,
        "line\nfeed\ttab", "<b>&amp;", "esc\u{1B}[2Jbell\u{7}", "turn\u{202E}ed", "c1\u{9B}31m", "😀", "{\"a\":1}", "%s",
        "#x", "*",
    ]

    /// - Returns: what `binary` prints.
    private func run(_ binary: String, _ arguments: [String]) throws -> String {
        do throws(GatewayProcess.Failure) {
            return try GatewayProcess(binary: binary, arguments: arguments).output
        } catch {
            guard case .exited(let exit, let output) = error else { throw error }
            #expect(exit == .status(0), "\(output)")
            return output
        }
    }

    @Test(arguments: names) func bashSendsTheName(_ name: String) throws {
        let example = ChatExample(base: "http://h:4000", model: name, keyVariable: nil)
        let shell = #"curl() { printf '%s\n' "${@: -1}"; }; "# + example.curl
        let body = try json(try run("/bin/bash", ["-c", shell]))
        #expect(body["model"]?.stringValue == name)
        #expect(body["messages"]?.arrayValue?.count == 1)
    }

    @Test(arguments: names) func pythonSendsTheName(_ name: String) throws {
        let example = ChatExample(base: "http://h:4000/v1", model: name, keyVariable: nil)
        let stub = """
            import json, sys, types
            class Anything:
                def __init__(self, **given): self.given = given
                def __getattr__(self, name): return self
                def __getitem__(self, place): return self
                def create(self, model, messages):
                    sys.stdout.buffer.write(json.dumps(model).encode()); sys.exit(0)
            sys.modules["openai"] = types.SimpleNamespace(OpenAI=Anything)

            """
        #expect(try json(try run("/usr/bin/python3", ["-c", stub + example.python])).stringValue == name)
    }

    /// Nothing in it commands the terminal that shows it.
    @Test(arguments: names) func itIsFitForATerminal(_ name: String) {
        let example = ChatExample(base: "http://h:4000", model: name, keyVariable: nil)
        for scalar in example.curl.unicodeScalars where scalar != "\n" {
            #expect(![.control, .format].contains(scalar.properties.generalCategory))
        }
    }

    @Test func theKeysVariableIsOne() {
        func curl(_ variable: String) -> String { ChatExample(base: "b", model: "m", keyVariable: variable).curl }
        #expect(curl("MY_KEY2").hasPrefix(#"curl b/chat/completions -H "Authorization: Bearer $MY_KEY2" \"#))
        for name in ["", "2X", "A B", "A\"; id #", "$(id)"] {
            #expect(curl(name).contains("Bearer $LITELLM_MASTER_KEY\""))
        }
    }
}
