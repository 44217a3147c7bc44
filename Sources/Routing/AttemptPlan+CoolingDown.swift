/// A group that cools down as a whole: which of its deployments stays in use all the same (docs/COOLDOWNS.md).
extension AttemptPlan {
    /// At the end of a group of which nobody can be asked: the one that is asked although it cools down.
    mutating func keptInUse(in world: some Surroundings) -> Target? {
        guard stages[stageIndex].isLastOfGroup else { return nil }
        return oneInUse(ofGroupWith: stageIndex, in: world) { $0 == .allButOne }
    }

    /// At the end of the line: the same, now that no other group stands in.
    mutating func lastInUse(in world: some Surroundings) -> Target? {
        for index in stages.indices where stages[index].isLastOfGroup {
            if let target = oneInUse(ofGroupWith: index, in: world, if: { $0 != .all }) { return target }
        }
        return nil
    }

    /// The deployment that comes back soonest, of the group whose last stage is at `last`. `nil` when one of the group has
    /// failed for this request, or can be asked, or nobody's reason allows it.
    private mutating func oneInUse(
        ofGroupWith last: Int, in world: some Surroundings, if allows: (RestReason.Scope) -> Bool
    ) -> Target? {
        var first = last
        while first > 0, !stages[first - 1].isLastOfGroup { first -= 1 }
        var found: (target: Target, stage: Int, until: Duration)?
        for index in first...last {
            for target in stages[index].targets {
                guard !hasFailed(target), case .resting(let until) = world.availability(of: target, at: world.now)
                else { return nil }
                guard let rest = world.rest(of: target), allows(rest.reason.scope) else { continue }
                if found.map({ until < $0.until }) ?? true { found = (target, index, until) }
            }
        }
        guard let found, let target = world.pick([found.target]) else { return nil }
        stageIndex = found.stage
        return target
    }
}
