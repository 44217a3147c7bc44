/// Reads a configuration file and what it includes, breadth-first, each file once. A file that cannot be read is fatal:
/// the master key or another restriction may stand in it.
struct Includes {
    /// Nobody splits a configuration into more.
    private static let fileLimit = 256

    /// The merged mapping: lists put together in the order of reading, every other value the last one read.
    private(set) var entries: [ConfigNode.Entry] = []
    /// In the order of reading.
    private(set) var files: [String] = []
    private var positions: [String: Int] = [:]

    private struct Wanted {
        var path: String
        /// Tried when there is no `path`: next to the first file.
        var otherwise: String?
        /// Where it is asked for; `nil` for the first file.
        var location: ConfigLocation?
    }

    init(
        root: String, report: LoadReport, readFile: (String) throws(ConfigReadError) -> [UInt8]
    ) {
        let rootFolder = Includes.folder(of: root)
        var queue = [Wanted(path: root)]
        var next = 0
        var seen: Set<String> = [Includes.normalized(root)]
        while next < queue.count {
            let wanted = queue[next]
            next += 1
            guard let (path, text) = Includes.read(wanted, report: report, readFile: readFile) else { continue }
            files.append(path)
            guard let entries = Includes.mapping(text, file: path, isRoot: wanted.location == nil, report: report)
            else { continue }
            for include in Includes.included(by: entries, file: path, report: report) {
                let name = Includes.resolved(include.path, in: Includes.folder(of: path))
                guard seen.insert(Includes.normalized(name)).inserted else { continue }
                guard queue.count < Includes.fileLimit else {
                    report.addFatal(include.location, "more than \(Includes.fileLimit) files")
                    break
                }
                let otherwise = Includes.resolved(include.path, in: rootFolder)
                queue.append(
                    Wanted(path: name, otherwise: otherwise == name ? nil : otherwise, location: include.location))
            }
            merge(entries)
        }
    }

    private mutating func merge(_ added: [ConfigNode.Entry]) {
        for entry in added where entry.key != "include" {
            guard let position = positions[entry.key] else {
                positions[entry.key] = entries.count
                entries.append(entry)
                continue
            }
            if case .list(let first) = entries[position].value.content, case .list(let second) = entry.value.content {
                entries[position].value.content = .list(first + second)
            } else {
                entries[position] = entry
            }
        }
    }

    private static func read(
        _ wanted: Wanted, report: LoadReport, readFile: (String) throws(ConfigReadError) -> [UInt8]
    ) -> (path: String, text: [UInt8])? {
        do throws(ConfigReadError) {
            return (wanted.path, try readFile(wanted.path))
        } catch {
            if error == .notFound, let other = wanted.otherwise, let location = wanted.location,
                let text = try? readFile(other)
            {
                report.add(.warning, location, "not found next to the file that includes it; \(other) is used")
                return (other, text)
            }
            if let location = wanted.location {
                report.addFatal(location, "\(wanted.path): \(error.text)")
            } else {
                report.addFatal(ConfigLocation(path: "", file: wanted.path, line: 0), error.text)
            }
            return nil
        }
    }

    private static func mapping(
        _ text: [UInt8], file: String, isRoot: Bool, report: LoadReport
    ) -> [ConfigNode.Entry]? {
        let start = ConfigLocation(path: "", file: file, line: 0)
        do {
            let composed = try YAMLComposer.compose(text, file: file)
            composed.warnings.forEach(report.add)
            guard let root = composed.root, !root.isNull else {
                report.add(
                    ConfigIssue(isRoot ? .error : .warning, start, "the file is empty", isFatal: isRoot))
                return nil
            }
            guard case .map(let entries) = root.content else {
                report.addFatal(root.mark.location(""), "must be a mapping with keys such as `model_list`")
                return nil
            }
            return entries
        } catch {
            report.addFatal(
                ConfigLocation(path: "", file: file, line: error.line),
                error.column > 0 ? "\(error.problem) (column \(error.column))" : error.problem)
            return nil
        }
    }

    private static func included(
        by entries: [ConfigNode.Entry], file: String, report: LoadReport
    ) -> [(path: String, location: ConfigLocation)] {
        report.ask(.root, "include")
        guard let entry = entries.first(where: { $0.key == "include" }), !entry.value.isNull else { return [] }
        let items: [ConfigNode]
        switch entry.value.content {
        case .list(let list): items = list
        // One path without the list around it.
        case .scalar: items = [entry.value]
        case .map:
            report.addFatal(entry.mark.location("include"), "must be a list of paths")
            return []
        }
        return items.enumerated().compactMap { index, item in
            let location = item.mark.location("include[\(index)]")
            guard case .scalar(let scalar) = item.content, case .string(let path) = scalar.value, !path.isEmpty else {
                report.addFatal(location, "must be a path")
                return nil
            }
            return (path, location)
        }
    }

    // MARK: Paths

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return String(path[...slash])
    }

    private static func resolved(_ path: String, in folder: String) -> String {
        path.hasPrefix("/") ? path : folder + path
    }

    /// Without `.`, `..` and doubled slashes as far as the text tells, so that one file has one name.
    static func normalized(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." {
                parts.removeLast()
            } else if part != ".." || !path.hasPrefix("/") {
                parts.append(part)
            }
        }
        return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    }
}
