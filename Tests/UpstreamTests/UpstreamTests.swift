import Testing

/// All suites of this target, one test at a time: they measure time, and some start processes, which would hold the
/// sockets of others open.
@Suite(.serialized, .timeLimit(.minutes(3))) struct UpstreamTests {}
