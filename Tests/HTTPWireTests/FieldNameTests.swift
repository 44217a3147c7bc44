import Testing

@testable import HTTPWire

@Suite struct FieldNameTests {
    /// A head with nothing but fields of these names, each with its place as the value.
    private func block(_ names: [String]) throws -> FieldBlock {
        let lines = names.enumerated().map { "\($1): \($0)\r\n" }.joined()
        let bytes = latin1("\(lines)\r\n")
        var scanner = FieldScanner(
            limits: FieldScanner.Limits(blockBytes: 1000, fields: 10, fieldBytes: 100), startingAt: 0)
        var position = 0
        let isWhole = try scanner.scan(bytes.span, from: &position)
        #expect(isWhole && position == bytes.count)
        return FieldBlock(bytes: bytes, scanner.takeFields())
    }

    private static let known = FieldName.allCases.filter { $0 != .other }

    /// Else two of them would share a bit.
    @Test func thereAreFewerThan64Names() {
        #expect(FieldName.allCases.count < 64)
        #expect(FieldName.other.rawValue == 0)
    }

    @Test(arguments: known)
    func aNameIsKnownInAnyCase(_ name: FieldName) throws {
        let text = "\(name.text)"
        for spelling in [text, text.uppercased(), text.prefix(1).uppercased() + text.dropFirst()] {
            let block = try block(["X-A", spelling, "X-B"])
            #expect(block.fields.map(\.known) == [.other, name, .other])
            #expect(block.names.contains(name) && !block.repeatedNames.contains(name))
            #expect(block.string(name) == "1")
            #expect(block.string(name.text) == "1")
        }
        #expect(FieldName(name.text) == name)
    }

    /// One bit off in any octet, one octet more or less: another name.
    @Test(arguments: known)
    func nothingElseIsTakenForAName(_ name: FieldName) throws {
        let bytes = Array("\(name.text)".utf8)
        var others = [Array(bytes.dropFirst()), Array(bytes.dropLast()), bytes + [0x61], [0x61] + bytes]
        for index in bytes.indices {
            for bit in 0..<7 {
                var other = bytes
                other[index] ^= 1 << UInt8(bit)
                if ASCII.lowercased(other[index]) != bytes[index], ASCII.isToken(other[index]) { others.append(other) }
            }
        }
        let names = Set(Self.known.map { Array("\($0.text)".utf8) })
        for other in others where !other.isEmpty && !names.contains(other.map(ASCII.lowercased)) {
            let text = String(decoding: other, as: UTF8.self)
            let fields = try block([text]).fields
            #expect(fields.map(\.known) == [.other], "\(text)")
        }
    }

    @Test func theFirstOfSeveralIsFoundAndAllAreCounted() throws {
        let block = try block(["Retry-After", "x-title", "X-Other", "retry-after", "x-other", "Retry-Afte"])
        #expect(block.string(.retryAfter) == "0")
        #expect(block.string("retry-after") == "0")
        #expect(block.string("x-other") == "2")
        #expect(block.string("retry-afte") == "5")
        #expect(block.repeatedNames == FieldNames(.retryAfter))
        #expect(block.names == FieldNames(.retryAfter, .xTitle))
        #expect(block.count(of: "retry-after") == 2)
        #expect(block.count(of: "x-other") == 2)
        #expect(block.count(of: "x-title") == 1)
        #expect(block.count(of: "host") == 0)
        #expect(block[.host] == nil)
        #expect(block.first("host") == nil)
        #expect(block.first("x-none") == nil)
        var wanted: [String] = []
        block.forEach(of: FieldNames(.retryAfter, .host)) { wanted.append("\($0.text)=\(block.string($1))") }
        #expect(wanted == ["retry-after=0", "retry-after=3"])
    }

    @Test func aListIsWhatAllItsLinesHold() throws {
        let bytes = latin1("HTTP/1.1 204 x\r\nConnection: a, ,b;x\r\nVary: q\r\nconnection:,Close \r\n\r\n")
        var parser = ResponseParser()
        let block = try #require(try parser.parse(bytes.span, answering: .head)).fields
        let tokens: [(StaticString, Bool)] = [
            ("a", true), ("close", true), ("b", false), ("b;x", true), ("q", false),
        ]
        for (token, isThere) in tokens {
            #expect(block.listContains(.connection, token: token) == isThere, "\(token)")
            #expect(block.listContains("connection", token: token) == isThere, "\(token)")
        }
        #expect(block.listContains("vary", token: "q"))
        #expect(!block.listContains("varx", token: "q"))
        #expect(!block.listContains(.host, token: "q"))
    }
}
