extension FakeOpenRouter {
    /// What there is to ask for, for a person: `GET /` and `penstock mock --list`.
    package static var list: String {
        """
        models that answer
        \(wrapped(FakeCatalogue.models.map(\.id) + ["test/<name>"]))

        models that refuse: fault/<name>
        \(wrapped(refusalNames))

        models that break: fault/<name>
        \(wrapped(faultNames))

        with a number: fault/status-<200...599>, fault/delay-<ms>, fault/pace-<ms>, fault/words-<n>, fault/cut-<n pieces>

        docs/MOCK.md says what each of them does.

        """
    }

    /// Two blanks, then names up to a width of 100.
    private static func wrapped(_ names: [String]) -> String {
        var lines: [String] = []
        var line = " "
        for name in names {
            if line.utf8.count + name.utf8.count > 99 {
                lines.append(line)
                line = " "
            }
            line += " \(name)"
        }
        return (lines + [line]).joined(separator: "\n")
    }
}
