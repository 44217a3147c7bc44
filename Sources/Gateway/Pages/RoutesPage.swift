/// `/routes` for a person. Pure.
enum RoutesPage {
    struct Row {
        let method: String
        let paths: [String]
        let summary: String
        let needsKey: Bool
    }

    static func html(_ rows: [Row]) -> [UInt8] {
        let lines = rows.map { row in
            let paths = row.paths.map { "<code>\(HTMLText.escaped($0))</code>" }.joined(separator: "<br>")
            return
                "<tr><td>\(HTMLText.escaped(row.method))</td><td>\(paths)</td><td>\(HTMLText.escaped(row.summary))</td>"
                + "<td>\(row.needsKey ? "yes" : "no")</td></tr>"
        }
        return HTMLText.page(
            title: "Penstock: routes",
            body: """
                <h1>Routes</h1>
                <p>Everything that is answered here. <a href="/">Back</a></p>
                <table>
                <tr><th>Method</th><th>Path</th><th>What it is</th><th>Key</th></tr>
                \(lines.joined(separator: "\n"))
                </table>
                """)
    }
}
