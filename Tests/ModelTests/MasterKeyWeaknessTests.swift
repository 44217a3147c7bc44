import Model
import Testing

@Suite struct MasterKeyWeaknessTests {
    @Test(arguments: ["", "sk-", "sk-1234", "k", "sk-abcdefg", "SK-1234567", "1234567", "hunter2"])
    func shortOnes(_ key: String) {
        #expect(MasterKeyWeakness(of: Secret(key)) == .short)
    }

    @Test(arguments: [
        "password", "sk-password", "Password1", "sk-passw0rd!", "changeme", "change-me", "sk-CHANGE_ME_2024",
        "sk-master-key", "sk-masterkey123", "litellm-master-key", "sk-12345678", "sk-1234567890",
        "12345678901234567890", "sk-87654321",

        "aaaaaaaaaaaa", "abababababab", "abcdefgh", "sk-test-key", "sk-xxxxxxxxxxxxxxxxxxxx", "sk-............",
        "${LITELLM_MASTER_KEY}", "<your-key-here>", "{{ .Values.masterKey }}", "your-master-key",
        "sk-your-secret-key-here",
        "os.environ/LITELLM", "qwertyuiop", "my-secret-key", "supersecret",
    ])
    func expectedOnes(_ key: String) {
        #expect(MasterKeyWeakness(of: Secret(key)) == .wellKnown)
    }

    @Test(arguments: [
        "sk-benchmark-0123456789abcdef0123456789abcdef", "sk-soak-5e8f0a1b", "correct horse battery staple",
        "tr0ub4dor&3",
        "sk-8c6976e5b5410415bde908bd4dee15dfb167a9c873fc4bb8a81f6f2ab448a918", "sk-acceptance-key", "pässwörter",
    ])
    func onesThatWillDo(_ key: String) {
        #expect(MasterKeyWeakness(of: Secret(key)) == nil)
    }

    @Test func noKeyIsAWeaknessOfItsOwn() {
        #expect(MasterKeyWeakness(of: nil) == .unset)
    }
}
