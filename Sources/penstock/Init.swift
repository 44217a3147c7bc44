import EventLoop
import Glibc

/// `penstock init`: a configuration to start from. It asks nothing and overwrites nothing.
enum Init {
    static func run(_ options: InitOptions) -> Int32 {
        let path = options.path
        // It will hold keys one day.
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let error = Errno.current
            Output.complain(
                error.code == EEXIST
                    ? "penstock: \(path) exists and is left as it is; `penstock init NAME.yaml` writes another file\n"
                    : "penstock: cannot write \(path): \(error.text)\n")
            return Command.ExitCode.failure
        }
        let isWritten = Output.write(template, to: descriptor)
        guard close(descriptor) == 0, isWritten else {
            Output.complain("penstock: cannot write \(path): \(Errno.current.text)\n")
            return Command.ExitCode.failure
        }
        // For a person: what to type next goes to standard output.
        let isDefault = path == "config.yaml"
        Output.print(
            """
            wrote \(path)

            next
              export OPENROUTER_API_KEY=sk-or-...     \("# or another provider's key, and its lines in the file")
              penstock check\(isDefault ? "" : " \(path)")
              penstock serve\(isDefault ? "" : " --config \(path)")

            """)
        return Command.ExitCode.success
    }

    /// The same as `config.example.yaml`; a test compares them.
    static let template = #"""
        # Copy to config.yaml. LiteLLM's config.yaml works as it is; every key is in docs/CONFIG.md.

        model_list:
          # Answers without any key. Try it:
          # curl localhost:4000/v1/chat/completions -d '{"model": "demo", "messages": [{"role": "user", "content": "Hi"}]}'
          - model_name: demo
            litellm_params:
              model: openai/demo
              mock_response: Hello from Penstock. Put a real model into config.yaml to hear from it.

          # Every model of OpenRouter, by its own name: openrouter/openai/gpt-4o, openrouter/anthropic/claude-sonnet-4.5, …
          - model_name: openrouter/*
            litellm_params:
              model: openrouter/*
              api_base: https://openrouter.ai/api/v1
              api_key: os.environ/OPENROUTER_API_KEY

          # A name of your own. Two entries with one name share the load.
          # - model_name: fast
          #   litellm_params:
          #     model: openrouter/openai/gpt-4o-mini
          #     api_key: os.environ/OPENROUTER_API_KEY
          #     temperature: 0.2

        router_settings:
          # The same in short, for a model that is served already.
          model_group_alias:
            mymodel: openrouter/openai/gpt-4o

        # Without a master key, or with a weak one, only this machine may call. Make one: echo "sk-$(openssl rand -hex 32)"
        # general_settings:
        #   master_key: os.environ/LITELLM_MASTER_KEY

        """#
}
