internal import HTTPWire
internal import Model

/// Values of single fields that have a grammar of their own, and the addresses of upstreams.
func checkFieldValues(_ input: [UInt8]) {
    let value = text(input)
    let now = 1_780_000_000
    if let seconds = RetryAfter.seconds(value, now: now) { require(seconds >= 0, "nobody waits less than nothing") }
    if let date = HTTPDate.parse(value, now: now) {
        let written = HTTPDate.format(epochSeconds: date)
        requireEqual(HTTPDate.parse(written, now: now), date, "a date that was written is read again: \(written)")
    }
    if isFieldValue(value) {
        require(!value.utf8.contains { $0 == 0x0A || $0 == 0x0D || $0 == 0 }, "a field's value cannot end its line")
    }
    if let url = BaseURL(value) {
        require(isFieldValue(url.authority) && !url.authority.contains(" "), "an authority can stand in Host")
        require(!url.path.utf8.contains { $0 <= 0x20 || $0 == 0x7F }, "a path can stand in a request line")
        require(1...65535 ~= url.port, "a port is a port")
        guard let again = BaseURL("\(url.text)?\(url.query)") else {
            require(false, "an address that was written is read again: \(url.text) \(url.query)")
            return
        }
        requireEqual(again, url, "an address stays what it is")
    }
}
