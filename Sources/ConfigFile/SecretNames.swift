/// Whether the value of a key with this name is a secret, judged by the name alone: `api_key`, `redis_password`,
/// `client_secret`, `aws_session_token`, `vertex_credentials`, `Authorization`. `max_tokens` and prices are none.
package func namesSecret(_ name: String) -> Bool {
    let words = wordsOf(name)
    if words.contains(where: { secretWords.contains($0) }) { return true }
    guard let last = words.last, secretLastWords.contains(last) else { return false }
    return !words.contains { harmlessWords.contains($0) }
}

/// `accessToken` and `access-token` alike: `access`, `token`.
private func wordsOf(_ name: String) -> [String] {
    var words: [String] = []
    var word = ""
    var endsLowerCased = false
    for character in name {
        let isSeparator = "_-. ".contains(character)
        if isSeparator || (endsLowerCased && character.isUppercase) {
            if !word.isEmpty { words.append(word) }
            word = ""
        }
        if !isSeparator { word += character.lowercased() }
        endsLowerCased = character.isLowercase
    }
    return word.isEmpty ? words : words + [word]
}

private let secretWords: Set<String> = [
    "password", "passwd", "passphrase", "pwd", "secret", "secrets", "apikey", "authorization", "cookie", "bearer",
]
private let secretLastWords: Set<String> = [
    "key", "keys", "token", "credential", "credentials", "auth", "dsn", "signature", "salt",
]
private let harmlessWords: Set<String> = ["cost", "per", "cache", "public", "idempotency", "sort", "max"]
