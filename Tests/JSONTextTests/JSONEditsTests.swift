import JSONText
import Testing

@Suite struct JSONEditsTests {
    static let names = MemberNames("a", "b", "c", "d", "new")

    /// Checks the three ways to ask for the outcome against each other.
    private func outcome(_ edits: JSONEdits, _ bytes: [UInt8]) -> String {
        var pieces: [UInt8] = []
        var last = 0
        edits.forEachPiece(of: bytes.count) { piece in
            switch piece {
            case .source(let range):
                #expect(range.lowerBound >= last && !range.isEmpty)
                last = range.upperBound
                pieces += bytes[range]
            case .text(let text): pieces += text
            }
        }
        #expect(edits.apply(to: bytes.span) == pieces)
        #expect(edits.size(of: bytes.count) == pieces.count)
        return text(pieces)
    }

    @Test func noEditsLeaveTheTextAlone() {
        let bytes = utf8(" { \"a\" : 1.50 } ")
        #expect(JSONEdits().isEmpty)
        #expect(outcome(JSONEdits(), bytes) == text(bytes))
        #expect(outcome(JSONEdits(), []) == "")
    }

    @Test func replacementsKeepEveryOtherByte() throws {
        let bytes = utf8(#"{ "a" : "x/y" , "b":[1, 2.50] ,"a":0}"#)
        let scan = try ObjectScan(bytes.span, names: Self.names)
        var edits = JSONEdits()
        edits.set(0, of: scan, to: utf8("\"z\""), in: bytes.span)
        #expect(!edits.isEmpty)
        #expect(outcome(edits, bytes) == #"{ "b":[1, 2.50] ,"a":"z"}"#)
        edits.set(1, of: scan, to: utf8("null"), in: bytes.span)
        #expect(outcome(edits, bytes) == #"{ "b":null ,"a":"z"}"#)
        edits.set(0, of: scan, to: utf8("7"), in: bytes.span)
        #expect(outcome(edits, bytes) == #"{ "b":null ,"a":7}"#)
        edits.set(2, of: scan, to: utf8("true"), in: bytes.span)
        #expect(outcome(edits, bytes) == #"{ "b":null ,"a":7,"c":true}"#)
    }

    @Test func rangesInsideOthersGiveWay() {
        let bytes = utf8("0123456789")
        var edits = JSONEdits()
        edits.replace(4..<5, with: utf8("x"))
        edits.replace(2..<8, with: utf8("-"))
        edits.replace(3..<3, with: utf8("y"))
        edits.replace(6..<7, with: utf8("z"))
        #expect(outcome(edits, bytes) == "01-89")
        edits.replace(2..<2, with: utf8("a"))
        edits.replace(2..<2, with: utf8("b"))
        edits.replace(8..<8, with: utf8("c"))
        edits.replace(10..<10, with: utf8("end"))
        edits.replace(0..<0, with: utf8("start"))
        #expect(outcome(edits, bytes) == "start01ab-c89end")
        // Past the end there is nothing to replace.
        edits.replace(50..<60, with: utf8("?"))
        #expect(outcome(edits, bytes) == "start01ab-c89end?")
    }

    @Test func everySetOfMembersCanGoInAnyOrder() throws {
        for spacing in ["", " ", "\n  "] {
            for count in 0...4 {
                let keys = Array("abcd".prefix(count)).map(String.init)
                let s = spacing
                let body = keys.map { "\(s)\"\($0)\"\(s):\(s){\"\($0)\":[1,2]}\(s)" }.joined(separator: ",")
                let bytes = utf8("\(s){\(count == 0 ? s : body)}\(s)")
                let scan = try ObjectScan(bytes.span, names: Self.names)
                for mask in 0..<1 << count {
                    for (reversed, inserts) in [(false, 0), (true, 0), (false, 1), (true, 2)] {
                        var edits = JSONEdits()
                        let gone = (0..<count).filter { mask >> $0 & 1 == 1 }
                        for place in 0..<inserts where reversed {
                            edits.insert(key: "new\(place)", value: utf8("0"), into: scan)
                        }
                        for index in reversed ? gone.reversed() : gone {
                            let value = try #require(scan[index])
                            edits.replace(value, with: utf8("\"not seen\""))
                            edits.removeAll(index, of: scan, in: bytes.span)
                            // Once more, and something inside: no difference.
                            edits.removeAll(index, of: scan, in: bytes.span)
                            let inner = try #require(scanWithin(bytes, value, Self.names))
                            edits.removeAll(index, of: inner, in: bytes.span)
                            edits.insert(key: "not seen", value: utf8("0"), into: inner)
                        }
                        for place in 0..<inserts where !reversed {
                            edits.insert(key: "new\(place)", value: utf8("0"), into: scan)
                        }
                        let result = outcome(edits, bytes)
                        let value = try JSONValue.parse(result)
                        let expected =
                            (0..<count).filter { mask >> $0 & 1 == 0 }.map { keys[$0] }
                            + (0..<inserts).map { "new\($0)" }
                        #expect(value.objectValue?.map(\.key) == expected, "\(result)")
                        #expect(value.objectValue?.allSatisfy { $0.value == 0 || $0.value[$0.key] == [1, 2] } == true)
                    }
                }
            }
        }
    }

    @Test func removingTakesOneCommaAndLeavesTheRest() throws {
        for (index, expected) in [
            (0, #"{ "b":2 , "c" : 3 }"#), (1, #"{ "a" : 1 , "c" : 3 }"#), (2, #"{ "a" : 1 ,"b":2  }"#),
        ] {
            let bytes = utf8(#"{ "a" : 1 ,"b":2 , "c" : 3 }"#)
            let scan = try ObjectScan(bytes.span, names: Self.names)
            var edits = JSONEdits()
            edits.removeAll(index, of: scan, in: bytes.span)
            let normal = { (text: String) in String(text.filter { $0 != " " }) }
            #expect(normal(outcome(edits, bytes)) == normal(expected))
        }
    }

    @Test func elementsOfArraysComeAndGo() throws {
        for count in 0...4 {
            let elements = (0..<count).map { "{\"n\":\($0)}" }
            let bytes = utf8("{\"x\":[ " + elements.joined(separator: " , ") + " ]}")
            let array = try #require(try JSONTape(bytes).root["x"])
            for mask in 0..<1 << count {
                for appended in 0...2 {
                    var edits = JSONEdits()
                    for (place, element) in array.elements.enumerated() where mask >> place & 1 == 1 {
                        edits.removeElement(element.range, in: bytes.span)
                    }
                    for place in 0..<appended {
                        edits.append(element: utf8("\(90 + place)"), to: array.range, isEmpty: array.isEmpty)
                    }
                    let value = try JSONValue.parse(outcome(edits, bytes))
                    let kept = (0..<count).filter { mask >> $0 & 1 == 0 }.map { ["n": .number($0)] as JSONValue }
                    #expect(value["x"] == .array(kept + (0..<appended).map { .number(90 + $0) }))
                }
            }
        }
    }

    @Test func editsAtSeveralDepthsDoNotDisturbEachOther() throws {
        let bytes = utf8(#"{"a":{"a":{"a":1,"b":2},"b":3},"b":{"a":4},"c":5}"#)
        let outer = try ObjectScan(bytes.span, names: Self.names)
        let outerA = try #require(outer[0])
        let outerB = try #require(outer[1])
        let middle = try #require(scanWithin(bytes, outerA, Self.names))
        let middleA = try #require(middle[0])
        let inner = try #require(scanWithin(bytes, middleA, Self.names))
        let other = try #require(scanWithin(bytes, outerB, Self.names))
        var edits = JSONEdits()
        edits.removeAll(0, of: other, in: bytes.span)
        edits.insert(key: "n\n", value: utf8("0"), into: outer)
        edits.insert(key: "new", value: utf8("1"), into: inner)
        edits.insert(key: "new", value: utf8("2"), into: other)
        edits.removeAll(1, of: inner, in: bytes.span)
        edits.removeAll(0, of: inner, in: bytes.span)
        edits.set(1, of: middle, to: utf8("[]"), in: bytes.span)
        edits.removeAll(2, of: outer, in: bytes.span)
        #expect(outcome(edits, bytes) == #"{"a":{"a":{"new":1},"b":[]},"b":{"new":2},"n\n":0}"#)
    }

    @Test func veryManyDuplicatesCostNoMoreThanTheirNumber() throws {
        let pair = utf8(#""a":1,"b":2,"#)
        var bytes = utf8("{")
        for _ in 0..<20_000 { bytes += pair }
        bytes += utf8("\"c\":3}")
        let scan = try ObjectScan(bytes.span, names: Self.names)
        var edits = JSONEdits()
        edits.set(0, of: scan, to: utf8("9"), in: bytes.span)
        edits.removeAll(1, of: scan, in: bytes.span)
        let result = try JSONValue.parse(outcome(edits, bytes))
        #expect(result.objectValue?.count == 2)
        #expect(result["a"] == 9 && result["b"] == nil && result["c"] == 3)
    }

    @Test func randomEditsOfTheTextAreThoseOfTheTree() throws {
        let names = MemberNames("a", "model", "")
        let keys = ["a", "model", ""]
        for seed in 1000..<1600 as Range<UInt64> {
            var generator = DocumentGenerator(seed: seed)
            let tree = generator.object(depth: 3)
            let bytes = generator.space() + generator.spelled(tree) + generator.space()
            let scan = try ObjectScan(bytes.span, names: names)
            var members = try #require(tree.objectValue)
            var edits = JSONEdits()
            for index in [0, 1, 2].shuffled(using: &generator.random) {
                // Found is what the tree has, with the value of the last one.
                let same = members.filter { utf8($0.key) == utf8(keys[index]) }
                #expect(scan.occurrences(of: index).map { _ in 0 }.count == same.count)
                let last = try scan[index].map { try JSONValue.parse(Array(bytes[$0]).span) }
                #expect(last == same.last?.value)
                let value = generator.value(depth: 2)
                switch Int.random(in: 0..<3, using: &generator.random) {
                case 0:
                    edits.removeAll(index, of: scan, in: bytes.span)
                    members.removeAll { $0.key == keys[index] }
                case 1:
                    edits.set(index, of: scan, to: generator.spelled(value), in: bytes.span)
                    if same.isEmpty { members.append(.init(keys[index], value)) }
                    let kept = members.lastIndex { $0.key == keys[index] }
                    members = members.indices.filter { $0 == kept || members[$0].key != keys[index] }.map {
                        members[$0]
                    }
                    for place in members.indices where members[place].key == keys[index] {
                        members[place].value = value
                    }
                default:
                    break
                }
            }
            #expect(try JSONValue.parse(outcome(edits, bytes)) == .object(members), "\(text(bytes))")
        }
    }
}
