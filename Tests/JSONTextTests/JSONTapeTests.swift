import JSONText
import Testing

@Suite struct JSONTapeTests {
    static let request = utf8(
        #"""
        {"model":"x","messages":[{"role":"system","content":"be \"brief\""},
         {"role":"user","content":[{"type":"text","text":"h\u00e9"},{"type":"image_url","image_url":{"url":"u"}}]}],
         "max_tokens":1e2,"temperature":0.5,"stream":true,"stop":null,"model":"y","t\u006fols":[]}
        """#)

    @Test func navigation() throws {
        let root = try JSONTape(Self.request).root
        #expect(root.kind == .object && root.range == 0..<Self.request.count)
        #expect(root["model"]?.string == "y")
        #expect(
            root.members.map { $0.key.string } == [
                "model", "messages", "max_tokens", "temperature", "stream", "stop", "model", "tools",
            ])
        #expect(root["tools"]?.isEmpty == true && root.member(named: "tools")?.kind == .array)
        #expect(root["max_tokens"]?.int == 100 && root["temperature"]?.double == 0.5)
        #expect(root["temperature"]?.int == nil && root["stream"]?.bool == true && root["stop"]?.isNull == true)
        #expect(root["absent"] == nil && root["role"] == nil && root[0] == nil)
        let messages = try #require(root["messages"])
        #expect(messages.elements.map { $0["role"]?.string } == ["system", "user"])
        #expect(messages[0]?["content"]?.string == "be \"brief\"")
        #expect(messages[1]?["role"]?.equals("user") == true)
        #expect(messages[1]?["content"]?.elements.map { $0["type"]?.string } == ["text", "image_url"])
        #expect(messages[1]?["content"]?[0]?["text"]?.equals("hé" as String) == true)
        #expect(messages[1]?["content"]?[1]?["image_url"]?["url"]?.text == utf8("\"u\""))
        #expect(messages[2] == nil && messages[-1] == nil && messages["role"] == nil)
        #expect(Array(messages.members).isEmpty && Array(root.elements).isEmpty)
        var out: [UInt8] = []
        root["max_tokens"]?.appendText(to: &out)
        #expect(text(out) == "1e2")
    }

    @Test func aNodeIsSixteenBytes() {
        #expect(JSONTape.nodeSize == 16)
    }

    @Test func theNumberOfNodesIsLimited() throws {
        let bytes = utf8("[1,[2],{\"a\":3}]")
        _ = try JSONTape(bytes, nodeLimit: 7)
        #expect(throws: JSONError(.tooManyValues, at: 12)) { try JSONTape(bytes, nodeLimit: 6) }
        #expect(throws: JSONError(.tooManyValues, at: 0)) { try JSONTape(bytes, nodeLimit: 0) }
    }

    @Test func rangesOfTheTapeAreThoseOfTheReaders() throws {
        for seed in 2000..<2300 as Range<UInt64> {
            var generator = DocumentGenerator(seed: seed)
            let tree = generator.value(depth: 4)
            let bytes = generator.space() + generator.spelled(tree) + generator.space()
            let tape = try JSONTape(copying: bytes.span)
            #expect(tape.source == bytes)
            #expect(JSONValue(tape.root) == tree)
            compare(tape.root, bytes)
        }
    }

    /// Test values are shallow, so this may recurse.
    private func compare(_ node: JSONNode, _ bytes: [UInt8]) {
        #expect(jsonKind(of: node.range, in: bytes.span) == node.kind)
        var elements = JSONElements(node.range, in: bytes.span)
        for element in node.elements {
            #expect(elements.next() == element.range)
            compare(element, bytes)
        }
        #expect(elements.next() == nil)
        var members = JSONMembers(node.range, in: bytes.span)
        for (key, value) in node.members {
            let (keyRange, valueRange) = members.next() ?? (0..<0, 0..<0)
            #expect(keyRange == key.range && valueRange == value.range)
            compare(value, bytes)
        }
        #expect(members.next() == nil)
        #expect(node.isEmpty == (Array(node.elements).isEmpty && Array(node.members).isEmpty))
    }
}
