package import ConfigFile
package import Model

/// The entries of `model_list` by the id of their deployment. It holds the configuration's own list, since entries are
/// large, and for each id where in it the entry stands.
package struct EntryTable: Sendable {
    private let list: [ModelEntry]
    private var places: [Name: Int] = [:]

    init(_ list: [ModelEntry]) {
        self.list = list
        places.reserveCapacity(list.count)
    }

    package var ids: some Collection<Deployment.ID> { places.keys.lazy.map(\.text) }

    package subscript(id: Deployment.ID) -> ModelEntry? {
        places[Name(id)].map { list[$0] }
    }

    package func contains(_ id: Deployment.ID) -> Bool {
        places[Name(id)] != nil
    }

    /// The id of the entry at `place`; not there yet.
    mutating func add(_ id: Deployment.ID, at place: Int) {
        places[Name(id)] = place
    }
}
