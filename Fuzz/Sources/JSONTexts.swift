internal import JSONText

/// Three readers of one grammar: the scan of a request's top level, the tape and the value. They have to agree.
func checkJSON(_ input: [UInt8]) {
    let scan = try? ObjectScan(input.span, names: scannedNames)
    let tape: JSONTape
    do throws(JSONError) {
        tape = try JSONTape(input)
    } catch {
        require(scan == nil, "what is no JSON is no object either")
        require(!error.message.isEmpty && error.offset <= input.count, "an error says where")
        return
    }
    require(String(validating: input, as: UTF8.self) != nil, "JSON is UTF-8")
    requireEqual(scan != nil, tape.root.kind == .object, "an object is one for every reader")
    let value = JSONValue(tape.root)
    requireEqual(try? JSONValue.parse(input.span), value, "a value is the same by either way")
    for pretty in [false, true] {
        let written = value.serialized(pretty: pretty)
        requireEqual(try? JSONValue.parse(written.span), value, "what was written is read again")
    }
    checkNodes(tape.root, value, input)
    if let scan { checkMembers(scan, tape.root, value, input) }
}

private let scannedNames = MemberNames("model", "a", "", "é", "a longer name than eight bytes", "\u{1F600}", "stream")

private func checkMembers(_ scan: ObjectScan, _ root: JSONNode, _ value: JSONValue, _ input: [UInt8]) {
    requireEqual(scan.object, root.range, "the object is where it is")
    requireEqual(scan.isEmpty, root.isEmpty, "an empty object is one for every reader")
    let within = ObjectScan(input.span, within: 0..<input.count, names: scannedNames)
    for index in 0..<scannedNames.count {
        let name = text(scannedNames.bytes(of: index))
        let found = scan[index]
        requireEqual(found, root.member(named: name)?.range, "`\(name)` is found at one place")
        requireEqual(found, within?[index], "`\(name)` is found again without validation")
        requireEqual(
            found.flatMap { try? JSONValue.parse(input[$0].span) }, value[name], "`\(name)` has one value")
        requireEqual(
            Array(scan.occurrences(of: index)).map(\.value),
            root.members.filter { $0.key.equals(name) }.map { $0.value.range }, "each `\(name)` is found")
    }
}

/// Every value of the tape against the walkers that read valid text without one, and against the value tree.
private func checkNodes(_ root: JSONNode, _ value: JSONValue, _ input: [UInt8]) {
    var open = [(root, value)]
    while let (node, value) = open.popLast() {
        switch (node.kind, value) {
        case (.null, .null): break
        case (.bool, .bool(let flag)): requireEqual(node.bool, flag, "a boolean is what it says")
        case (.string, .string(let string)):
            requireEqual(node.string, string, "a string is what it says")
            require(node.equals(string), "a string equals itself")
        case (.number, .number(let spelling)):
            requireEqual(text(node.text), spelling, "a number keeps its spelling")
            checkNumber(node, spelling)
        case (.array, .array(let elements)):
            var walk = JSONElements(node.range, in: input.span)
            let nodes = Array(node.elements)
            requireEqual(nodes.count, elements.count, "every element is there")
            for (node, element) in zip(nodes, elements) {
                requireEqual(walk.next(), node.range, "an element is where it is")
                open.append((node, element))
            }
            require(walk.next() == nil, "an array ends")
        case (.object, .object(let members)):
            var walk = JSONMembers(node.range, in: input.span)
            let nodes = Array(node.members)
            requireEqual(nodes.count, members.count, "every member is there")
            for (node, member) in zip(nodes, members) {
                let found = walk.next()
                requireEqual(found?.key, node.key.range, "a key is where it is")
                requireEqual(found?.value, node.value.range, "a member is where it is")
                requireEqual(node.key.string, member.key, "a key is what it says")
                open.append((node.value, member.value))
            }
            require(walk.next() == nil, "an object ends")
        default: require(false, "a value has one kind")
        }
    }
}

private func checkNumber(_ node: JSONNode, _ spelling: String) {
    let expected = Double(spelling).flatMap { $0.isFinite ? $0 : nil }
    requireEqual(node.double, expected, "a number is the nearest Double")
    guard let int = node.int else {
        if let plain = Int(spelling) { require(false, "\(plain) fits") }
        return
    }
    requireEqual(expected, Double(int), "a whole number is the same as a Double")
}
