import JSONText
import Testing

@Suite struct PathScanTests {
    static let list = [
        "model", "choices", "choices[]", "choices[].index", "choices[].delta", "choices[].delta.role",
        "choices[].delta.*", "a", "a.a", "a.a.a", "a.a[]", "*", "choices[].delta.a_name_of_more_than_sixteen_bytes",
    ]
    static let paths = JSONPaths(list)

    /// `path=value`, in the order of the finds.
    static func finds(_ input: String) throws -> [String] {
        let bytes = utf8(input)
        let scan = try PathScan(bytes.span, paths)
        return (0..<scan.count).map { "\(list[scan[$0].path])=\(slice(scan[$0].range, bytes) ?? "")" }
    }

    typealias Case = (rule: String, input: String, finds: [String])
    static let cases: [Case] = [
        ("nothing", "{}", []),
        ("members", #"{"model":"m","model":1}"#, [#"model="m""#, "model=1"]),
        ("any other member", #"{"x":1,"model":2,"y":[{"model":3}]}"#, ["*=1", "model=2", #"*=[{"model":3}]"#]),
        (
            "elements, what is inside first", #"{"choices":[{"index":1},{"x":0,"index":2},3,[]]}"#,
            [
                "choices[].index=1", #"choices[]={"index":1}"#, "choices[].index=2", #"choices[]={"x":0,"index":2}"#,
                "choices[]=3", "choices[]=[]", #"choices=[{"index":1},{"x":0,"index":2},3,[]]"#,
            ]
        ),
        (
            "elements of an array only", #"{"choices":{"index":1,"choices":[1]}}"#,
            [
                #"choices={"index":1,"choices":[1]}"#
            ]
        ),
        (
            "members of an object only", #"{"choices":[["index",{"index":1}]]}"#,
            [
                #"choices[]=["index",{"index":1}]"#, #"choices=[["index",{"index":1}]]"#,
            ]
        ),
        (
            "an unwanted value between wanted ones",
            #"{"choices":[{"z":{"index":[{"delta":1}]},"index":5}],"model":[]}"#,
            [
                "choices[].index=5", #"choices[]={"z":{"index":[{"delta":1}]},"index":5}"#,
                #"choices=[{"z":{"index":[{"delta":1}]},"index":5}]"#, "model=[]",
            ]
        ),
        (
            "a named member is not another", #"{"choices":[{"delta":{"role":"r","c":"d"}}]}"#,
            [
                #"choices[].delta.role="r""#, #"choices[].delta.*="d""#, #"choices[].delta={"role":"r","c":"d"}"#,
                #"choices[]={"delta":{"role":"r","c":"d"}}"#, #"choices=[{"delta":{"role":"r","c":"d"}}]"#,
            ]
        ),
        (
            "one name at several depths", #"{"a":{"a":{"a":{"a":1}}}}"#,
            [#"a.a.a={"a":1}"#, #"a.a={"a":{"a":1}}"#, #"a={"a":{"a":{"a":1}}}"#]
        ),
        (
            "members or elements", #"{"a":{"a":[1,{"a":2},3]}}"#,
            ["a.a[]=1", #"a.a[]={"a":2}"#, "a.a[]=3", #"a.a=[1,{"a":2},3]"#, #"a={"a":[1,{"a":2},3]}"#]
        ),
        (
            "escapes", #"{"\u006dodel":1,"ch\u006fices":[{"inde\u0078":2}]}"#,
            [
                "model=1", "choices[].index=2", #"choices[]={"inde\u0078":2}"#, #"choices=[{"inde\u0078":2}]"#,
            ]
        ),
        (
            "long names",
            #"{"choices":[{"delta":{"a_name_of_more_than_sixteen_bytes":1,"a_name_of_more_thAn_sixteen_bytes":2}}]}"#,
            [
                "choices[].delta.a_name_of_more_than_sixteen_bytes=1", "choices[].delta.*=2",
                #"choices[].delta={"a_name_of_more_than_sixteen_bytes":1,"a_name_of_more_thAn_sixteen_bytes":2}"#,
                #"choices[]={"delta":{"a_name_of_more_than_sixteen_bytes":1,"a_name_of_more_thAn_sixteen_bytes":2}}"#,
                #"choices=[{"delta":{"a_name_of_more_than_sixteen_bytes":1,"a_name_of_more_thAn_sixteen_bytes":2}}]"#,
            ]
        ),
        (
            "white space", "{ \"choices\" : [ 1 , { \"index\" : 2 } ] }",
            [
                "choices[]=1", "choices[].index=2", "choices[]={ \"index\" : 2 }", "choices=[ 1 , { \"index\" : 2 } ]",
            ]
        ),
        (
            "more than fit at first", "{\"choices\":[\(Array(repeating: "1", count: 50).joined(separator: ","))]}",
            Array(repeating: "choices[]=1", count: 50) + [
                "choices=[\(Array(repeating: "1", count: 50).joined(separator: ","))]"
            ]
        ),
    ]

    @Test(arguments: cases)
    func findsWhatThePathsLeadTo(_ c: Case) throws {
        #expect(try Self.finds(c.input) == c.finds, "\(c.rule)")
    }

    @Test func tellsWhatAFindIs() throws {
        let bytes = utf8(#"{"x":null,"x":"","x":[ ],"x":{},"x":"a","x":0,"x":false,"x":[0],"x":{"y":""},"x":"stop"}"#)
        let scan = try PathScan(bytes.span, Self.paths)
        let finds = (0..<scan.count).map { scan[$0] }
        #expect(finds.map(\.isBlank) == [true, true, true, true, false, false, false, false, false, false])
        #expect(
            finds.map(\.kind) == [
                .null, .string, .array, .object, .string, .number, .bool, .array, .object, .string,
            ])
        #expect(slice(finds[8].member, bytes) == #""x":{"y":""}"#)
        let equal = [("stop", 9), ("stoq", 9), ("null", 0)].map { (word: StaticString, place: Int) in
            finds[place].equals(word, in: bytes.span)
        }
        #expect(equal == [true, false, false])
        #expect(scan.object == 0..<bytes.count && !scan.isEmpty)
        let blank = utf8(" { } ")
        let none = try PathScan(blank.span, Self.paths)
        #expect(none.object == 1..<4 && none.isEmpty && none.count == 0)
    }

    /// The same by the tape, slowly.
    private func reference(_ node: JSONNode, _ path: String, _ out: inout [String]) {
        func note(_ path: String, _ value: JSONNode) {
            guard Self.list.contains(path) else { return }
            reference(value, path, &out)
            out.append("\(path)=\(text(value.text))")
        }
        if node.kind == .array {
            for element in node.elements { note(path + "[]", element) }
        }
        for (key, value) in node.members where node.kind == .object {
            let name = (path.isEmpty ? "" : path + ".") + (key.string ?? "")
            let isNamed = key.string != "*" && key.string?.contains(where: { ".[]".contains($0) }) == false
            note(isNamed && Self.list.contains(name) ? name : (path.isEmpty ? "*" : path + ".*"), value)
        }
    }

    @Test func agreesWithTheTapeOnAnything() throws {
        var documents = DocumentGenerator(seed: 11)
        let keys = ["model", "choices", "delta", "index", "role", "a", "x", "a_name_of_more_than_sixteen_bytes"]
        func value(_ depth: Int) -> JSONValue {
            switch Int.random(in: 0..<(depth > 0 ? 6 : 3), using: &documents.random) {
            case 0: .number(7)
            case 1: .string(documents.string())
            case 2: .null
            case 3: .array((0..<Int.random(in: 0...3, using: &documents.random)).map { _ in value(depth - 1) })
            default: object(depth - 1)
            }
        }
        func object(_ depth: Int) -> JSONValue {
            .object(
                (0..<Int.random(in: 0...4, using: &documents.random)).map { _ in
                    .init(keys.randomElement(using: &documents.random) ?? "", value(depth))
                })
        }
        for _ in 0..<5000 {
            let bytes = documents.spelled(object(6))
            var expected: [String] = []
            reference(try JSONTape(bytes).root, "", &expected)
            #expect(try Self.finds(text(bytes)) == expected)
        }
    }

    @Test func refusesWhatAnObjectScanRefuses() {
        var random = SeededGenerator(seed: 12)
        let sound = utf8(#"{"model":"é\n😀","choices":[{"index":0,"delta":{"role":"x","c":[1.5e3,true,null]}}],"a":{}}"#)
        for _ in 0..<20_000 {
            var bytes = sound
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.removeSubrange(place...)
            default: bytes.remove(at: place)
            }
            #expect(
                refusal { _ = try PathScan(bytes.span, Self.paths) }
                    == refusal {
                        _ = try ObjectScan(bytes.span, names: ObjectScanTests.names)
                    })
        }
    }

    private func refusal(_ body: () throws -> Void) -> JSONError? {
        do {
            try body()
            return nil
        } catch {
            return error as? JSONError
        }
    }
}
