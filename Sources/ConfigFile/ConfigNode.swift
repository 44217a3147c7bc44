/// A place in a configuration file. Line and column are 1-based.
package struct ConfigMark: Sendable, Hashable {
    package var file: String
    package var line: Int
    package var column: Int

    package init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }
}

/// YAML as a tree, before anything is known about its keys. Aliases are replaced and merge keys are merged.
package struct ConfigNode: Sendable {
    package enum Content: Sendable {
        case scalar(ConfigScalar)
        case list([ConfigNode])
        /// Keys are unique, in the order of the file; merged ones (`<<`) come first.
        case map([Entry])
    }

    package struct Entry: Sendable {
        package var key: String
        package var mark: ConfigMark
        package var value: ConfigNode

        package init(key: String, mark: ConfigMark, value: ConfigNode) {
            self.key = key
            self.mark = mark
            self.value = value
        }
    }

    package var content: Content
    package var mark: ConfigMark

    package init(_ content: Content, mark: ConfigMark) {
        self.content = content
        self.mark = mark
    }

    /// An empty value, `~` or `null`: the same as if the key were not there.
    package var isNull: Bool {
        if case .scalar(let scalar) = content { scalar.isNull } else { false }
    }
}
