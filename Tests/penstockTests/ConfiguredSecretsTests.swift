import ConfigFile
import Foundation
import Model
import Observability
import Testing

@testable import penstock

/// Whatever a configuration holds that may be a key is taken out of every text.
@Suite struct ConfiguredSecretsTests {
    private static let file = """
        general_settings:
          master_key: sk-master-key-0123456789
          database_url: "postgres://user:dbpassw0rd@h/db?sslkey=querysecret"
        environment_variables:
          MY_TOKEN: tokenvalue
          PLAIN_NAME: plainvalue
        credential_list:
          - credential_name: c
            credential_values:
              api_key: credentialkey
        model_list:
          - model_name: m
            litellm_params:
              model: openai/x
              api_key: writtenkey
              api_base: "https://h/v1?code=basesecret&api-version=2024-10-21"
              extra_headers:
                X-Harmless: fieldvalue
                Authorization: "Bearer bearervalue"
              extra_body:
                seed: 123456789
                user: uservalue
                plugins: [{id: pluginname, api_key: nestedkey}]
                credentials: {pin: 87654321}
          - model_name: "*"
            litellm_params:
              model: "*"
              api_key: openkey
              extra_headers: {X-Other: "open value"}
        """

    private func redactor() throws -> Redactor {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
        try Data(Self.file.utf8).write(to: path)
        defer { try? FileManager.default.removeItem(at: path) }
        return LoadedSetup(path: path.path).redactor
    }

    @Test func everySecretIsKnown() throws {
        let redactor = try redactor()
        for secret in [
            "sk-master-key-0123456789", "dbpassw0rd", "querysecret", "tokenvalue", "credentialkey", "writtenkey",
            "basesecret", "fieldvalue", "bearervalue", "nestedkey", "87654321", "openkey", "open value", "open%20value",
        ] {
            #expect(redactor.redact("<\(secret)>") == "<[redacted]>", "\(secret)")
        }
        for word in ["plainvalue", "123456789", "uservalue", "pluginname", "2024-10-21", "openai/x"] {
            #expect(redactor.redact("<\(word)>") == "<\(word)>")
        }
    }
}
