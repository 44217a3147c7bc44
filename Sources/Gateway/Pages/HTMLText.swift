/// What of HTML the gateway's pages share. Pure.
enum HTMLText {
    /// For text and for attributes in double quotes.
    static func escaped(_ text: String) -> String {
        var out: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): out += "&amp;".utf8
            case UInt8(ascii: "<"): out += "&lt;".utf8
            case UInt8(ascii: ">"): out += "&gt;".utf8
            case UInt8(ascii: "\""): out += "&quot;".utf8
            case UInt8(ascii: "'"): out += "&#39;".utf8
            default: out.append(byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// A gate that lets water onto a wheel.
    static let icon = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#1c5d7d"/>\
        <path d="M3 4h10M3 8h7M3 12h10" stroke="#fff" stroke-width="2" stroke-linecap="round"/></svg>
        """

    /// - Parameter body: HTML.
    static func page(title: String, body: String) -> [UInt8] {
        Array(
            """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>\(escaped(title))</title><link rel="icon" href="/favicon.ico" type="image/svg+xml">
            <style>
            :root{color-scheme:light dark}
            body{font:16px/1.5 system-ui,sans-serif;max-width:56em;margin:3em auto;padding:0 1em}
            code,pre{background:#8882;padding:.1em .3em}
            pre{padding:.8em;overflow-x:auto}
            td,th{text-align:left;vertical-align:top;padding:.2em 1.2em .2em 0}
            </style></head><body>
            \(body)
            </body></html>

            """.utf8)
    }
}
