internal import EventLoop
internal import HTTPServer
internal import Model
internal import Observability
internal import Providers
internal import Routing
internal import Upstream

/// What one loop keeps of one deployment, so that a request that has chosen it looks nothing up and writes no text that
/// was written before. Loop-owned.
final class Lane {
    /// Its state, which all loops share.
    let box: DeploymentBoard.Box
    /// What is known of its server; all loops share that too.
    let server: ServerTraits
    let origin: UpstreamOrigin
    /// The beginnings of requests, by endpoint and kind of answer; see `UpstreamRequestBuilder`.
    private var heads = [[UInt8]](repeating: [], count: Endpoint.allCases.count * 2)
    private var memberRules = [MemberRules?](repeating: nil, count: Endpoint.allCases.count)
    private var labels: (target: Target, labels: UpstreamLabels)?
    /// The routing fields of the last target's answers: nearly always the next one is for the same name.
    private var answerFields: KnownFields?

    init(box: DeploymentBoard.Box, server: ServerTraits, origin: UpstreamOrigin) {
        self.box = box
        self.server = server
        self.origin = origin
    }

    /// The head of a request up to its length, made by `make` the first time.
    func requestHead(_ endpoint: Endpoint, isStream: Bool, _ make: () -> [UInt8]) -> [UInt8] {
        let place = endpoint.place * 2 + (isStream ? 1 : 0)
        if heads[place].isEmpty { heads[place] = make() }
        return heads[place]
    }

    /// What becomes of the members of a request, made by `make` the first time.
    func memberRules(_ endpoint: Endpoint, _ make: () -> MemberRules) -> MemberRules {
        if let known = memberRules[endpoint.place] { return known }
        let made = make()
        memberRules[endpoint.place] = made
        return made
    }

    /// What the last request for `target` was called in the log; made anew when the last one was for another.
    func labels(of target: Target, group: String, _ redactor: Redactor) -> UpstreamLabels {
        if labels?.target === target, let known = labels?.labels, Name(known.group) == Name(group) { return known }
        let made = UpstreamLabels(
            group: group, deployment: target.deployment.id, provider: target.access.provider.prefix,
            upstreamModel: target.upstreamModel, apiBase: redactor.redact(target.deployment.base.text),
            redactor: redactor)
        labels = (target, made)
        return made
    }

    /// Of the last answer that named its model or provider: nearly always the next one names the same.
    private var answerer: KnownAnswerer?

    /// What is known of somebody who answered for `upstream`, made by `make` when the last one was another; `nil` for nobody.
    func known(
        _ answerer: Answerer, for upstream: UpstreamLabels, _ make: (Answerer) -> KnownAnswerer
    ) -> KnownAnswerer? {
        if let known = self.answerer, known.upstream === upstream, known.answerer == answerer { return known }
        guard answerer != Answerer() else { return nil }
        let made = make(answerer)
        self.answerer = made
        return made
    }

    /// The last one, when it is named so in an answer for `upstream`; nothing is copied.
    func known(
        model: Range<Int>?, provider: Range<Int>?, in bytes: Span<UInt8>, for upstream: UpstreamLabels
    ) -> KnownAnswerer? {
        guard let answerer, answerer.upstream === upstream,
            answerer.answerer.isNamed(model: model, provider: provider, in: bytes)
        else { return nil }
        return answerer
    }

    /// The fields that say where an answer of `target` is from; `nil` when the last ones were for another.
    ///
    /// - Parameter model: the client's name for it.
    func answerFields(_ target: Target, as model: String?) -> ResponseFields.Lines? {
        guard let known = answerFields, known.target === target, Name.areSame(known.model, model) else { return nil }
        return known.lines
    }

    /// Keeps what ``answerFields(_:as:)`` gives to the next one.
    func keep(_ lines: ResponseFields.Lines, of target: Target, as model: String?) -> ResponseFields.Lines {
        answerFields = KnownFields(lines, of: target, as: model)
        return lines
    }
}

/// Fields of an answer that were written before. Immutable; one reference, so that to look at it costs little.
private final class KnownFields {
    let lines: ResponseFields.Lines
    let target: Target
    let model: String?

    init(_ lines: ResponseFields.Lines, of target: Target, as model: String?) {
        self.lines = lines
        self.target = target
        self.model = model
    }
}

/// Who answered, with what was written of it. Immutable; one reference, so that to look at it costs little.
final class KnownAnswerer {
    let answerer: Answerer
    /// Whom it answered for.
    let upstream: UpstreamLabels
    let labels: AnswererLabels
    let count: AnswerCount
    /// `x-penstock-answered-by`.
    let lines: ResponseFields.Lines

    init(_ answerer: Answerer, for upstream: UpstreamLabels, _ labels: AnswererLabels, _ count: AnswerCount) {
        self.answerer = answerer
        self.upstream = upstream
        self.labels = labels
        self.count = count
        var fields = ResponseFields()
        fields.add("x-penstock-answered-by", labels.fieldValue)
        lines = fields.lines
    }
}

/// One loop's lanes for one configuration, made as they are needed. Loop-owned; a request keeps those it began with.
final class Lanes {
    let snapshot: Snapshot
    private let board: DeploymentBoard
    private let client: UpstreamClient
    private var lanes: [Lane?]
    private var routes: RouteMemory

    init(_ snapshot: Snapshot, board: DeploymentBoard, client: UpstreamClient) {
        self.snapshot = snapshot
        self.board = board
        self.client = client
        lanes = Array(repeating: nil, count: snapshot.catalog.deploymentCount)
        routes = RouteMemory(snapshot.catalog)
    }

    /// - Parameter target: of this configuration.
    func lane(of target: Target) -> Lane {
        if target.place < lanes.count, let lane = lanes[target.place] { return lane }
        let deployment = target.deployment
        let lane = Lane(
            box: board.box(deployment.id), server: board.server(deployment.id),
            origin: client.origin(of: UpstreamTarget(origin: deployment.base.origin, tls: deployment.tls)))
        if target.place < lanes.count { lanes[target.place] = lane }
        return lane
    }

    /// `Catalog.resolve`, which need not work the same name out again for every request.
    func resolve(_ model: String, suggesting: Bool = true) throws(ResolutionError) -> Route {
        try routes.resolve(model, suggesting: suggesting)
    }
}

/// The routes that names led to lately. A plain name's is in the catalog already; a wildcard's is put together by matching
/// patterns and substituting captures, which costs as much as the rest of a request. A value.
struct RouteMemory {
    /// As many names as one loop remembers; a client that asks for more different ones only makes it forget.
    static let limit = 1024

    private let catalog: Catalog
    private var routes: [Name: Route] = [:]
    /// To compare with one name takes a tenth of the time that hashing takes.
    private var latest: Route?

    var count: Int { routes.count }

    init(_ catalog: Catalog) {
        self.catalog = catalog
    }

    mutating func resolve(_ model: String, suggesting: Bool = true) throws(ResolutionError) -> Route {
        if let latest, Name(latest.requested) == Name(model) { return latest }
        let route = try find(model, suggesting)
        if Name(route.requested) == Name(model) { latest = route }
        return route
    }

    private mutating func find(_ model: String, _ suggesting: Bool) throws(ResolutionError) -> Route {
        if let known = catalog.ready(model) ?? routes[Name(model)] { return known }
        let route = try catalog.resolve(model, suggesting: suggesting)
        if routes.count >= RouteMemory.limit { routes.removeAll(keepingCapacity: true) }
        routes[Name(model)] = route
        return route
    }
}
