/// Why a text is not the JSON that was asked for. Holds nothing of the text, so it may be shown and logged.
package struct JSONError: Error, Equatable, Sendable {
    /// Where the text stops being valid, in bytes from its start; the text's length when it ends too early.
    package let offset: Int
    package let reason: Reason

    package init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    package enum Reason: Sendable, CaseIterable {
        case empty
        case byteOrderMark
        case notAnObject
        case expectedValue
        case expectedKey
        case expectedColon
        case expectedCommaOrBrace
        case expectedCommaOrBracket
        case trailingBytes
        case unexpectedEnd
        case invalidNumber
        case invalidEscape
        /// A byte below 0x20 inside a string (RFC 8259 §7).
        case controlCharacter
        /// Not UTF-8 by RFC 3629: also overlong forms, encoded surrogates and code points above U+10FFFF.
        case invalidUTF8
        case tooDeep
        /// 4 GiB or more.
        case tooLong
        case tooManyValues
        /// 1 MiB or more, in a text that is read in parts.
        case keyTooLong
    }

    /// For people, e.g. "expected `,` or `}` at byte 17".
    package var message: String {
        switch reason {
        case .empty: "the text is empty"
        case .tooLong: "the text is too long"
        default: "\(reason.text) at byte \(offset)"
        }
    }
}

extension JSONError.Reason {
    fileprivate var text: String {
        switch self {
        case .empty: "no text"
        case .byteOrderMark: "unexpected byte order mark"
        case .notAnObject: "expected an object"
        case .expectedValue: "expected a value"
        case .expectedKey: "expected a key in double quotes"
        case .expectedColon: "expected `:`"
        case .expectedCommaOrBrace: "expected `,` or `}`"
        case .expectedCommaOrBracket: "expected `,` or `]`"
        case .trailingBytes: "unexpected text after the value"
        case .unexpectedEnd: "unexpected end"
        case .invalidNumber: "invalid number"
        case .invalidEscape: "invalid escape"
        case .controlCharacter: "unescaped control character"
        case .invalidUTF8: "invalid UTF-8"
        case .tooDeep: "nested too deeply"
        case .tooLong: "text too long"
        case .tooManyValues: "too many values"
        case .keyTooLong: "a key that is too long"
        }
    }
}
