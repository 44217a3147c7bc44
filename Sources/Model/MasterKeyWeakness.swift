/// Why a master key is no protection against other machines.
///
/// By NIST SP 800-63B §5.1.1.2: a chosen secret has at least eight characters, and is compared with those that are commonly
/// used or expected: well-known ones, repetitions and sequences, and what templates have in the place of a key.
package enum MasterKeyWeakness: Sendable, Hashable, CaseIterable {
    /// There is none.
    case unset
    /// Fewer than ``leastBytes`` behind `sk-`.
    case short
    /// Among the first that anybody would try.
    case wellKnown

    package static let leastBytes = 8

    /// `nil`: the key will do.
    package init?(of key: Secret?) {
        guard let key else {
            self = .unset
            return
        }
        let text = asciiLowercased(key.reveal())
        let body = text.utf8.starts(with: "sk-".utf8) ? text.utf8.dropFirst(3) : Substring(text).utf8
        if body.count < MasterKeyWeakness.leastBytes {
            self = .short
        } else if MasterKeyWeakness.isExpected(body) {
            self = .wellKnown
        } else {
            return nil
        }
    }

    private static func isExpected(_ body: Substring.UTF8View) -> Bool {
        if isPlaceholder(body) || isRepetitionOrSequence(body) { return true }
        // `Master-Key` and `master_key`, `password` and `password2024!`.
        let letters = body.filter { !"-_. !@#$".utf8.contains($0) }
        let core = letters[..<(letters.lastIndex { !(0x30...0x39 ~= $0) }.map { $0 + 1 } ?? 0)]
        return core.isEmpty || expectedWords.contains(Array(core)) || expectedWords.contains(letters)
    }

    /// `${LITELLM_MASTER_KEY}`, `<your key>`, `{{ key }}`, `your-master-key-here`, `xxxxxxxxxxxx`.
    private static func isPlaceholder(_ body: Substring.UTF8View) -> Bool {
        if body.contains(where: { "{}<>".utf8.contains($0) }) { return true }
        let text = Substring(body)
        return ["your-", "your_", "yourmaster", "yourkey", "xxxx", "....", "os.environ"].contains { mark in
            text.utf8.starts(with: mark.utf8) || text.contains(mark)
        }
    }

    /// Fewer than four different bytes, or at most two different steps from one to the next: `aaaaaaaa`, `12345678`,
    /// `1234567890`, `abcdefgh`.
    private static func isRepetitionOrSequence(_ body: Substring.UTF8View) -> Bool {
        let steps = Set(zip(body, body.dropFirst()).map { Int($1) - Int($0) })
        return Set(body).count < 4 || steps.count <= 2
    }

    /// Without separators and digits at the end.
    private static let expectedWords: Set<[UInt8]> = Set(
        """
        password passw0rd passwort secret secretkey mysecret mysecretkey supersecret supersecretkey topsecret verysecret
        changeme changemenow changethis changethiskey changemasterkey replaceme replacethis replacewithyourkey placeholder
        master masterkey mymasterkey litellm litellmkey litellmmaster litellmmasterkey litellmproxy litellmproxykey
        litellmadmin litellmsecret penstock penstockkey penstockmasterkey penstocksecret gateway gatewaykey apikey myapikey
        apikeyhere key mykey openai openaiapikey openaikey proxy proxykey admin administrator adminadmin adminkey
        adminpassword root rootroot toor user default defaultkey example examplekey sample samplekey demo demokey demodemo
        test testkey testtest testing testmasterkey dev devkey development devdevdev dummy dummykey fake fakekey fakeapikey
        none nokey notneeded unused insecure temp temporary local localhost localkey qwerty qwertz qwertyuiop asdfghjk
        asdfasdf letmein welcome iloveyou sunshine princess football baseball trustno dragon monkey superman whatever
        abcabc abcd abcdabcd hello helloworld foobar foobarbaz
        """.split { $0 == " " || $0 == "\n" }.map { Array($0.utf8) })
}
