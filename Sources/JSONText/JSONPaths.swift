/// Places in a JSON object at any depth, for a scan that finds them all in one walk; made once and kept.
///
///     JSONPaths(["model", "choices", "choices[]", "choices[].delta", "choices[].delta.role", "choices[].delta.*"])
///
/// A step is a member's name, `*` for every member of an object that has no path of its own, or `[]` for every element of
/// an array. Whatever stands before the last step has its own path, further to the front. A path's index is its place
/// in the list.
package final class JSONPaths: Sendable {
    /// Steps in the longest path.
    static let mostSteps = 7

    /// What may stand inside a value, by index plus one; -1 where nothing is looked for.
    struct Inside: Sendable {
        var element: Int16 = -1
        var otherMember: Int16 = -1
        /// Members of it have names of their own.
        var hasNames = false
    }

    /// The owner of a name is the object's index plus one; 0 is the outermost.
    let table: NameTable
    let inside: [Inside]
    package let count: Int

    /// - Parameter paths: each different. A list that does not keep to the rules is a mistake of the program and traps.
    package init(_ paths: [String]) {
        var inside = [Inside](repeating: Inside(), count: paths.count + 1)
        var names: [(owner: Int, name: [UInt8], value: Int)] = []
        for (index, path) in paths.enumerated() {
            let steps = path.utf8.count { $0 == ASCII.dot || $0 == ASCII.openBracket } + 1
            precondition(steps <= JSONPaths.mostSteps, "a path is short")
            if path.hasSuffix("[]") {
                inside[JSONPaths.owner(path.dropLast(2), in: paths[..<index])].element = Int16(index + 1)
                continue
            }
            let dot = path.lastIndex(of: ".")
            let name = dot.map { path[path.index(after: $0)...] } ?? path[...]
            let owner = dot.map { JSONPaths.owner(path[..<$0], in: paths[..<index]) } ?? 0
            if name == "*" {
                inside[owner].otherMember = Int16(index + 1)
            } else {
                inside[owner].hasNames = true
                names.append((owner: owner, name: Array(name.utf8), value: index + 1))
            }
        }
        table = NameTable(names)
        count = paths.count
        self.inside = inside
    }

    private static func owner(_ path: Substring, in earlier: ArraySlice<String>) -> Int {
        guard let index = earlier.firstIndex(where: { $0 == path }) else {
            preconditionFailure("\(path) needs a path of its own")
        }
        return index + 1
    }
}
