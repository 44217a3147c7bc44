import ConfigFile
import Model

/// Which address the gateway may listen on. Without a master key everybody who can connect may spend money, and with one that
/// is guessed easily nearly everybody: this machine only, unless the file says otherwise. A value.
///
/// What was asked for is refused, never replaced: a gateway in a container that listens on the container's own loopback is
/// one that nobody can reach.
struct ListenPolicy {
    private let weakness: MasterKeyWeakness?
    private let permitsWeakKey: Bool
    /// What makes the key a strong one.
    private let remedy: String

    init(_ config: Config, path: String) {
        let key = config.general.masterKey
        weakness = MasterKeyWeakness(of: key?.secret)
        permitsWeakKey = config.general.permitWeakMasterKey
        let variable = key == nil ? "LITELLM_MASTER_KEY" : key?.variable
        if let variable, !config.environment.contains(where: { Name($0.name) == Name(variable) }) {
            remedy = """
                  export \(variable)="sk-$(openssl rand -hex 32)"
                (in a container: docker run -e \(variable) ..., or a line \(variable)=sk-... in the .env file of compose)
                """
        } else {
            let place = variable.map { "environment_variables.\($0)" } ?? "general_settings.master_key"
            remedy = """
                  export LITELLM_MASTER_KEY="sk-$(openssl rand -hex 32)"
                and take \(place) out of \(path), or write `os.environ/LITELLM_MASTER_KEY` there
                """
        }
    }

    /// - Parameter asked: the address that the command line or `HOST` names.
    /// - Returns: `nil` when the key is too weak for it.
    func host(asked: String?) -> String? {
        guard weakness != nil, !permitsWeakKey else { return asked ?? "0.0.0.0" }
        let host = asked ?? "127.0.0.1"
        return ListenPolicy.isLoopback(host) ? host : nil
    }

    /// Why `host` is refused, and the command that mends it.
    func refusal(of host: String) -> String {
        """
        listening on \(host) lets other machines in, and \(problem). Make a key and start again:
        \(remedy)
        or listen on this machine only: --host 127.0.0.1
        """
    }

    /// For the start's summary.
    func authentication(on host: String) -> String {
        guard let weakness else { return "master key" }
        let isReachable = !ListenPolicy.isLoopback(host)
        switch (weakness, isReachable) {
        case (.unset, false): return "none, so only this machine may connect (set LITELLM_MASTER_KEY to change that)"
        case (.unset, true):
            return "none, and other machines may connect: by the names in general_settings.allowed_hosts "
                + "(set LITELLM_MASTER_KEY to change that)"
        case (_, false):
            return "master key, which \(fault), so only this machine may connect "
                + "(make one: echo \"sk-$(openssl rand -hex 32)\")"
        case (_, true):
            return "master key, which \(fault), and other machines may connect "
                + "(general_settings.dangerously_permit_weak_or_unset_master_key)"
        }
    }

    private var problem: String {
        weakness == .unset ? "there is no master key" : "the master key \(fault)"
    }

    private var fault: String {
        switch weakness {
        case .unset, nil: "is not set"
        case .short: "is shorter than \(MasterKeyWeakness.leastBytes) characters (`sk-` not counted)"
        case .wellKnown: "is one of the first that anybody would try"
        }
    }

    /// A real loopback address or `localhost`. `127.0.0.1.example.com` is a name that leads wherever its owner wants, and
    /// `127.1` what some resolver makes of it.
    static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || IPAddress(host)?.isLoopback == true
    }
}
