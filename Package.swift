// swift-tools-version: 6.2
import PackageDescription

// Every target's settings. Each unsafe operation has to say `unsafe`, so a reviewer can search for it.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableExperimentalFeature("Lifetimes"),
    .strictMemorySafety(),
    .treatWarning("StrictMemorySafety", as: .error),
    // Measured: dynamic exclusivity checks cost a fifth of the instructions of a request. Debug builds keep them.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
    // A section for every function, so that the linker can put them in an order (`hotFunctions`).
    .unsafeFlags(["-Xfrontend", "-function-sections"], .when(configuration: .release)),
]

// What requests run through comes first and close together: measured, 4 % of a request's CPU. A hint and no more: names
// that are gone are passed over. scripts/hot-functions writes the list.
let hotFunctions: LinkerSetting = .unsafeFlags(
    [
        "-use-ld=lld", "-Xlinker",
        "--symbol-ordering-file=\(Context.packageDirectory)/Sources/penstock/hot-functions.txt", "-Xlinker",
        "--no-warn-symbol-ordering",
    ], .when(configuration: .release))

func target(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.init(stringLiteral: name)] + dependencies, resources: resources,
        swiftSettings: strict)
}

// The order is the architecture: a target imports only what stands below it (docs/ARCHITECTURE.md).
let package = Package(
    name: "penstock",
    products: [.executable(name: "penstock", targets: ["penstock"])],
    targets: [
        // Headers, typed shims and one loop over vectors; each is imported by one target.
        .target(name: "CLinux"),
        .target(name: "CJSONText"),
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),
        .systemLibrary(name: "CYAML", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CCrypto", providers: [.apt(["libssl-dev"])]),
        // The archive, so that the binary needs no further library where it runs.
        .target(name: "CZstd", linkerSettings: [.linkedLibrary(":libzstd.a")]),

        // The nouns.
        target("Model"),

        // Pure: values in, values out. No clock, socket, log or task inside.
        target("JSONText", ["CJSONText"]),
        target("Crypto", ["Model", "CCrypto"]),
        target("HTTPWire"),
        target("ConfigFile", ["Model", "JSONText", "CYAML"]),
        target("Providers", ["Model", "JSONText"]),
        target("Routing", ["Model", "JSONText", "Crypto", "ConfigFile", "Providers"]),

        // I/O: metrics and logs, then everything that touches a socket, on the event loop.
        target("EventLoop", ["Model", "CLinux"]),
        target("Observability", ["Model", "JSONText", "EventLoop"]),
        target("ContentCoding", ["EventLoop", "CZlib", "CZstd"]),
        target("Upstream", ["Model", "HTTPWire", "EventLoop", "ContentCoding", "CCurl"]),
        target("HTTPServer", ["Model", "HTTPWire", "EventLoop", "CLinux"]),

        // The request path.
        target(
            "Gateway",
            [
                "Model", "JSONText", "Crypto", "HTTPWire", "ConfigFile", "Providers", "Routing", "Observability",
                "EventLoop", "HTTPServer", "Upstream", "ContentCoding",
            ]),
        // An OpenRouter that fails as asked, for `penstock mock` and the tests. It shares no code with the gateway.
        target("FakeOpenRouter", ["CZlib"]),
        .executableTarget(
            name: "penstock",
            dependencies: [
                "Model", "JSONText", "ConfigFile", "Providers", "Routing", "Observability", "EventLoop", "HTTPServer",
                "Upstream", "Gateway", "CLinux", "FakeOpenRouter",
            ], exclude: ["hot-functions.txt"], swiftSettings: strict, linkerSettings: [hotFunctions]),

        // Tests.
        tests("EventLoop"),
        tests("ContentCoding", ["EventLoop", "CZlib", "CZstd"]),
        tests("JSONText", ["CJSONText"]),
        tests("ConfigFile", ["JSONText", "Model"]),
        tests("HTTPWire", resources: [.copy("Fixtures")]),
        tests("HTTPServer", ["EventLoop", "HTTPWire", "TestSupport"]),
        tests("Crypto", ["Model"]),
        tests("Model"),
        tests("Observability", ["Model", "JSONText", "EventLoop"]),
        tests("Providers", ["Model"]),
        tests("Routing", ["Model", "JSONText", "ConfigFile", "Providers"]),
        tests(
            "Gateway",
            [
                "Model", "JSONText", "HTTPWire", "ConfigFile", "Providers", "Routing", "Observability", "EventLoop",
                "TestSupport", "Upstream",
            ]),
        tests("penstock", ["Model", "Observability"]),
        // The doubles: a fake OpenRouter, a raw HTTP client and the built binary as a process.
        .target(
            name: "TestSupport", dependencies: ["FakeOpenRouter"], path: "Tests/TestSupport", swiftSettings: strict),
        .executableTarget(
            name: "fake-openrouter", dependencies: ["TestSupport"], path: "Tests/FakeOpenRouter",
            swiftSettings: strict),
        tests("TestSupport", ["fake-openrouter"]),
        .testTarget(
            name: "EndToEndTests", dependencies: ["TestSupport", "penstock", "fake-openrouter"], swiftSettings: strict),
        .testTarget(
            name: "UpstreamTests", dependencies: ["Upstream", "EventLoop", "HTTPWire", "Model", "TestSupport"],
            swiftSettings: strict,
            // libcurl has to find the tests' slow name server.
            linkerSettings: [.unsafeFlags(["-Xlinker", "--export-dynamic-symbol=getaddrinfo"])]),
    ]
)

// Built on request only, by scripts/fuzz and scripts/bench: a normal build does not know them.
if Context.environment["PENSTOCK_FUZZ"] != nil {
    package.targets.append(.target(name: "CVirtualTime", path: "Fuzz/VirtualTime"))
    package.targets.append(
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "Model", "JSONText", "HTTPWire", "ConfigFile", "Routing", "EventLoop", "Observability",
                "ContentCoding", "Upstream", "HTTPServer", "Gateway", "CVirtualTime",
            ], path: "Fuzz/Sources", swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])],
            // libcurl and Swift's libraries have to find the clock and the random numbers too.
            linkerSettings: [
                .unsafeFlags([
                    "-Xlinker", "--export-dynamic-symbol=clock_gettime", "-Xlinker",
                    "--export-dynamic-symbol=swift_stdlib_random",
                ])
            ]))
}
if Context.environment["PENSTOCK_BENCH"] != nil {
    package.targets.append(
        .executableTarget(
            name: "bench-parsers", dependencies: ["HTTPWire", "JSONText"], path: "Benchmarks/Parsers",
            swiftSettings: strict))
    package.targets.append(
        .executableTarget(
            name: "bench-relay", dependencies: ["Model", "JSONText", "HTTPWire", "EventLoop", "Gateway"],
            path: "Benchmarks/Relay", swiftSettings: strict))
}
