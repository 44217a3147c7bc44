import Model

/// What was found out about a text, so that what many entries have in common is worked out once.
struct Remembered<Value> {
    private var known: [Name: Value] = [:]

    mutating func value(of text: String, _ find: (String) -> Value) -> Value {
        if let value = known[Name(text)] { return value }
        let value = find(text)
        known[Name(text)] = value
        return value
    }
}
