internal import JSONText

/// Edits of an object, chosen by the input's first bytes, against the same changes made to its value.
func checkJSONEdits(_ input: [UInt8]) {
    let source = Array(input.dropFirst(4))
    guard let scan = try? ObjectScan(source.span, names: editedNames), let old = try? JSONValue.parse(source.span),
        case .object(var members) = old
    else { return }
    var edits = JSONEdits()
    var untouched = true
    for index in 0..<editedNames.count {
        let name = text(editedNames.bytes(of: index))
        switch input[index] % 4 {
        case 1:
            untouched = false
            edits.set(index, of: scan, to: Array("[ 1 ]".utf8), in: source.span)
            if let last = members.lastIndex(where: { $0.key == name }) {
                members[last].value = [1]
                let earlier = members[..<last].filter { $0.key != name }
                members.replaceSubrange(..<last, with: earlier)
            } else {
                members.append(.init(name, [1]))
            }
        case 2:
            if members.contains(where: { $0.key == name }) { untouched = false }
            edits.removeAll(index, of: scan, in: source.span)
            members.removeAll { $0.key == name }
        case 3 where !members.contains { $0.key == name }:
            untouched = false
            edits.insert(key: name, value: Array("null".utf8), into: scan)
            members.append(.init(name, .null))
        default: break
        }
    }
    let edited = edits.apply(to: source.span)
    requireEqual(edits.size(of: source.count), edited.count, "the size is known before")
    var pieced: [UInt8] = []
    edits.forEachPiece(of: source.count) { piece in
        switch piece {
        case .source(let range): pieced += source[range]
        case .text(let text): pieced += text
        }
    }
    requireEqual(pieced, edited, "pieces make up the whole")
    if untouched { requireEqual(edited, source, "what is not edited stays") }
    // Insertions come last in the text, but in the order of the names; the order among added members is the same.
    requireEqual(try? JSONValue.parse(edited.span), .object(members), "an edit does what it says")
}

private let editedNames = MemberNames("a", "b", "model", "")
