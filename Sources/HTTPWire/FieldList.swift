/// The fields of a head that is being read.
struct FieldList: Sendable {
    private(set) var fields: [FieldBlock.Field] = []
    private(set) var names = FieldNames()
    private(set) var repeatedNames = FieldNames()

    mutating func append(_ field: FieldBlock.Field) {
        fields.append(field)
        note(field.known)
    }

    mutating func append(_ known: ArraySlice<FieldBlock.Field>) {
        fields.reserveCapacity(known.count + 16)
        fields.append(contentsOf: known)
        for field in known { note(field.known) }
    }

    /// Appends what `next` gives, until it gives nothing; or drops it.
    @inline(__always)
    mutating func append(keeps: Bool, _ next: () -> FieldBlock.Field?) {
        guard keeps else {
            while next() != nil {}
            return
        }
        var isFull = true
        while isFull {
            var list = FieldList()
            // Enough for nearly every head. The room is asked for once and then only filled; making an array with a
            // capacity instead asks the runtime for its type: 400 instructions more.
            fields.append(addingCapacity: 16) { output in
                while !output.isFull {
                    guard let field = next() else {
                        isFull = false
                        break
                    }
                    output.append(field)
                    list.note(field.known)
                }
            }
            repeatedNames = repeatedNames.union(list.repeatedNames).union(names.intersection(list.names))
            names = names.union(list.names)
        }
    }

    @inline(__always)
    private mutating func note(_ name: FieldName) {
        guard name != .other else { return }
        if names.contains(name) { repeatedNames.insert(name) }
        names.insert(name)
    }
}
