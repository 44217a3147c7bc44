import HTTPWire
import Testing

@Suite struct FieldWritingTests {
    @Test func aValueWithAControlCharacterIsRefused() throws {
        for byte in UInt8.min...UInt8.max {
            let allowed = byte == 0x09 || (byte >= 0x20 && byte != 0x7F)
            for length in [0, 1, 7, 8, 20] {
                let value = [UInt8](repeating: 0x61, count: length) + [byte, 0x61]
                #expect(isValue(value) == allowed, "\(byte) after \(length)")
                var head: [UInt8] = []
                if allowed {
                    try appendField("a", value.span, to: &head)
                    #expect(head == latin1("a: ") + value + latin1("\r\n"))
                } else {
                    #expect(throws: FieldTextError.value) { try appendField("a", value.span, to: &head) }
                    #expect(head.isEmpty)
                }
            }
        }
    }

    private func isValue(_ bytes: [UInt8]) -> Bool {
        isFieldValue(bytes.span)
    }

    private func isName(_ bytes: [UInt8]) -> Bool {
        isFieldName(bytes.span)
    }

    @Test func aNameIsOneToken() throws {
        for byte in UInt8.min...UInt8.max {
            let isLetterOrDigit = UnicodeScalar(byte).properties.isAlphabetic || (0x30...0x39).contains(byte)
            let allowed = byte < 0x80 && (isLetterOrDigit || latin1("!#$%&'*+-.^_`|~").contains(byte))
            #expect(isName([0x61, byte]) == allowed, "\(byte)")
        }
        #expect(!isName([]))
        var head: [UInt8] = []
        #expect(throws: FieldTextError.name) { try appendField(named: latin1("a b").span, latin1("c").span, to: &head) }
        #expect(throws: FieldTextError.value) {
            try appendField(named: latin1("a").span, latin1("c\r\nd: e").span, to: &head)
        }
        #expect(head.isEmpty)
        try appendField(named: latin1("a").span, latin1("").span, to: &head)
        try appendField("b", "caf\u{E9}", to: &head)
        #expect(String(decoding: head, as: UTF8.self) == "a: \r\nb: caf\u{E9}\r\n")
        #expect(isFieldValue("") && !isFieldValue("a\nb") && !isFieldValue("a\0"))
    }
}
