package import ConfigFile
package import Providers

/// Something in the configuration that keeps a model from being called, or from being called as it was meant.
package struct CatalogIssue: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Cause: Sendable, Hashable {
        /// These keys have no usable value, as the configuration's issues say.
        case faultyKeys([String])
        /// `model_info.blocked`: as its owner wishes.
        case blocked
        case modelName(ModelNameError)
        case providerNotSpoken(prefix: String)
        /// Neither `api_base` nor one of the variables holds a base. The variables in the order they are looked up.
        case baseMissing(prefix: String, variables: [String])
        /// `source` is `api_base` or a variable's name; its text is not shown, since it may hold a password.
        case baseInvalid(source: String)
        /// A server on this machine, which a client's name reaches only when one of the variables says where it is.
        case localBaseNotSet(prefix: String, variables: [String])
        /// The client's name chooses the provider, and nothing says whose these keys of the entry are: they go to nobody.
        case accountOfNobody(keys: [String], model: String)
        case unknownCredential(String)
        /// None of the variables is set.
        case keyNotSet(variables: [String])
        /// The key holds bytes that no header field may hold.
        case keyUnusable
        case fieldRefused(name: String)
        case fieldNotSet(name: String, variable: String)
        case repeatedID(String)
        case aliasLeadsNowhere(target: String, nearest: [String])
    }

    /// `model_name`, or the alias.
    package let model: String
    /// `nil` for an alias.
    package let location: ConfigLocation?
    package let cause: Cause

    package init(model: String, location: ConfigLocation?, cause: Cause) {
        self.model = model
        self.location = location
        self.cause = cause
    }

    /// Whether the entry (or alias) cannot be called at all. The others are called, and may well be refused upstream.
    package var isFatal: Bool {
        switch cause {
        case .faultyKeys, .blocked, .modelName, .providerNotSpoken, .baseMissing, .baseInvalid, .localBaseNotSet,
            .unknownCredential, .aliasLeadsNowhere:
            true
        case .accountOfNobody, .keyNotSet, .keyUnusable, .fieldRefused, .fieldNotSet, .repeatedID: false
        }
    }

    /// Whether it is a mistake of the file: neither something that is missing around it, nor what is not built yet.
    package var isMistake: Bool {
        switch cause {
        case .faultyKeys, .modelName, .baseInvalid, .unknownCredential: true
        case .blocked, .providerNotSpoken, .baseMissing, .localBaseNotSet, .accountOfNobody, .keyNotSet, .keyUnusable,
            .fieldRefused, .fieldNotSet, .repeatedID, .aliasLeadsNowhere:
            false
        }
    }

    /// For the operator; it holds names of variables and never a value.
    package var description: String {
        let place = location.map { $0.line > 0 ? "\($0.file):\($0.line): \($0.path): " : "\($0.path): " } ?? ""
        return "\(place)model `\(printable(model))`: \(explanation)"
    }

    /// The description without the place and the model.
    package var explanation: String {
        switch cause {
        case .faultyKeys(let keys):
            "\(keys.map { "`\($0)`" }.joined(separator: ", ")) cannot be used; `penstock check` says why"
        case .blocked:
            "it is blocked (`model_info.blocked`)"
        case .modelName(let error):
            printable("\(error)")
        case .providerNotSpoken(let prefix):
            "provider `\(prefix)` is known, but its dialect is not supported"
        case .baseMissing(let prefix, let variables):
            "provider `\(prefix)` has no base URL: set `api_base` or \(variables.joined(separator: " or "))"
        case .baseInvalid(let source):
            "\(source) is not an http or https URL"
        case .localBaseNotSet(let prefix, let variables):
            """
            provider `\(prefix)` is a server of your own, and a name that a client chooses reaches it only when \
            \(variables.joined(separator: " or ")) says where it is
            """
        case .accountOfNobody(let keys, let model):
            """
            \(keys.map { "`\(printable($0))`" }.joined(separator: ", ")) not sent: `model: \(printable(model))` lets the \
            client's name choose the provider, and nothing says which one this is for; write `model: <provider>/*`, or set \
            `custom_llm_provider`, or let `api_key` be `os.environ/` and the provider's own variable
            """
        case .unknownCredential(let name):
            "`litellm_credential_name` is `\(printable(name))`, which `credential_list` does not have"
        case .keyNotSet(let variables):
            "no key: set `api_key` or \(variables.joined(separator: " or "))"
        case .keyUnusable:
            "the key holds characters that a header field cannot carry"
        case .fieldRefused(let name):
            "`extra_headers` cannot set `\(printable(name))`"
        case .fieldNotSet(let name, let variable):
            "`extra_headers.\(printable(name))` is left out, since \(variable) is not set"
        case .repeatedID(let id):
            "`model_info.id` `\(printable(id))` is used more than once; the later one gets a number"
        case .aliasLeadsNowhere(let target, let nearest):
            "the alias leads to `\(printable(target))`, which is no model\(suggestion(nearest))"
        }
    }
}

/// ` (did you mean …?)`, or nothing.
func suggestion(_ names: [String]) -> String {
    names.isEmpty ? "" : " (did you mean \(names.map { "`\(printable($0))`" }.joined(separator: ", "))?)"
}

/// Text from outside, fit for a terminal: control characters are spelled out.
func printable(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    return text.unicodeScalars.map { isControl($0) ? "\\u{\(String($0.value, radix: 16))}" : String($0) }.joined()
}

/// C0, DEL, C1, and the marks that turn the direction of what follows.
private func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
}
