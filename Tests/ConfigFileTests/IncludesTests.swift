import Testing

@testable import ConfigFile

@Suite struct IncludesTests {
    private static func model(_ name: String) -> String {
        "model_list:\n  - model_name: \(name)\n    litellm_params: {model: openai/\(name)}\n"
    }

    @Test func listsArePutTogetherAndEverythingElseIsReplaced() {
        let loaded = load(files: [
            "config.yaml": "include: [a.yaml]\n" + Self.model("base")
                + "router_settings: {num_retries: 7, timeout: 5}\ngeneral_settings: {keepalive_seconds: 1}\n",
            "a.yaml": Self.model("more") + "router_settings: {num_retries: 9}\n",
        ])
        #expect(loaded.texts == [])
        #expect(loaded.config.models.map(\.name) == ["base", "more"])
        #expect(
            loaded.config.models.map(\.location.text) == ["config.yaml:3: model_list[0]", "a.yaml:2: model_list[0]"])
        #expect(loaded.config.router.numRetries == 9)
        #expect(loaded.config.router.timeout == nil, "a mapping is replaced, not merged")
        #expect(loaded.config.general.keepalive == .seconds(1))
        #expect(loaded.files == ["config.yaml", "a.yaml"])
    }

    @Test func nestedOnesAreReadBreadthFirstAndOnce() {
        let loaded = load(files: [
            "config.yaml": "include: [sub/a.yaml, ./b.yaml]\n" + Self.model("root"),
            "sub/a.yaml": "include: [c.yaml, ../b.yaml, ../config.yaml]\n" + Self.model("a"),
            "./b.yaml": "include: [sub/../sub/c.yaml, b.yaml]\n" + Self.model("b"),
            "sub/c.yaml": Self.model("c"),
        ])
        #expect(loaded.texts == [])
        #expect(loaded.config.models.map(\.name) == ["root", "a", "b", "c"])
        #expect(loaded.files == ["config.yaml", "sub/a.yaml", "./b.yaml", "sub/c.yaml"])
    }

    typealias Case = (rule: String, files: [String: String], issues: [String])
    static let cases: [Case] = [
        ("no list", ["config.yaml": "include: {a: b}"], ["error config.yaml:1: include: must be a list of paths"]),
        ("one path without a list", ["config.yaml": "include: a.yaml", "a.yaml": "model_list: []"], []),
        (
            "no path", ["config.yaml": "include: [1, '', [a]]"],
            [
                "error config.yaml:1: include[0]: must be a path", "error config.yaml:1: include[1]: must be a path",
                "error config.yaml:1: include[2]: must be a path",
            ]
        ),
        ("nothing", ["config.yaml": "include:\nmodel_list:"], []),
        (
            "no such file", ["config.yaml": "include:\n  - a.yaml"],
            ["error config.yaml:2: include[0]: a.yaml: no such file"]
        ),
        (
            "not readable", ["config.yaml": "include:\n  - forbidden.yaml"],
            ["error config.yaml:2: include[0]: forbidden.yaml: cannot be read: Permission denied"]
        ),
        ("empty", ["config.yaml": "include: [a.yaml]", "a.yaml": "#"], ["warning a.yaml: the file is empty"]),
        (
            "no YAML", ["config.yaml": "include: [a.yaml]", "a.yaml": "a: b: c"],
            ["error a.yaml:1: mapping values are not allowed in this context (column 5)"]
        ),
        (
            "next to the first file",
            ["config.yaml": "include: [s/a.yaml]", "s/a.yaml": "include: [b.yaml]", "b.yaml": "x-: 1"],
            ["warning s/a.yaml:1: include[0]: not found next to the file that includes it; b.yaml is used"]
        ),
        (
            "mistakes name their file and count within it",
            ["config.yaml": "include: [a.yaml]\nmodel_list: [x]", "a.yaml": "model_list:\n  - y"],
            [
                "error config.yaml:2: model_list[0]: must be a mapping",
                "error a.yaml:2: model_list[0]: must be a mapping",
            ]
        ),
    ]

    @Test(arguments: cases) func mistakes(_ c: Case) {
        #expect(load(files: c.files).texts == c.issues, "\(c.rule)")
    }

    @Test func aChainWithoutEndStops() {
        let loaded = loadConfig(path: "0", environment: [:]) { path throws(ConfigReadError) in
            Array("include: ['\((Int(path) ?? 0) + 1)']".utf8)
        }
        #expect(loaded.files.count == 256)
        #expect(loaded.texts == ["error 255:1: include[0]: more than 256 files"])
    }

    static let paths = [
        ("a", "a"), ("./a", "a"), ("a/../b", "b"), ("../a", "../a"), ("a/../../b", "../b"), ("/../a", "/a"),
        ("//a//b/", "/a/b"), (".", ""),
    ]

    @Test(arguments: paths) func oneFileHasOneName(_ path: String, _ normalized: String) {
        #expect(Includes.normalized(path) == normalized)
    }
}
