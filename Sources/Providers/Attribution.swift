package import Model

/// Who OpenRouter is told is calling: `HTTP-Referer` and `X-Title`, the same on every endpoint. Immutable; a class, since
/// whatever builds requests holds it.
package final class Attribution: Sendable {
    package static let siteField = "http-referer"
    package static let titleField = "x-title"

    /// From `OR_SITE_URL`, else `OPENROUTER_SITE_URL`.
    package let site: String?
    /// From `OR_APP_NAME`, else `OPENROUTER_SITE_NAME`.
    package let title: String?

    /// Values that cannot stand in a header field are left out.
    package init(environment: [String: String]) {
        func first(_ names: String...) -> String? {
            names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty && FieldSyntax.isValue($0) }
        }
        site = first("OR_SITE_URL", "OPENROUTER_SITE_URL")
        title = first("OR_APP_NAME", "OPENROUTER_SITE_NAME")
    }

    /// The fields of a request without a client: health checks, connection tests, and the start of every other one.
    package var fields: [Deployment.HeaderField] {
        fields(clientSite: nil, clientTitle: nil)
    }

    /// The client's own values win over the environment's, each for itself.
    package func fields(clientSite: String?, clientTitle: String?) -> [Deployment.HeaderField] {
        func field(_ name: String, _ client: String?, _ own: String?) -> Deployment.HeaderField? {
            let client = client.flatMap { !$0.isEmpty && FieldSyntax.isValue($0) ? $0 : nil }
            return (client ?? own).map { .init(name: name, value: $0) }
        }
        return [field(Attribution.siteField, clientSite, site), field(Attribution.titleField, clientTitle, title)]
            .compactMap(\.self)
    }

    /// A deployment's fields for one client's request. What the operator wrote in `extra_headers` stands; what came
    /// from the environment gives way to the client's.
    package func applied(
        to headers: [Deployment.HeaderField], clientSite: String?, clientTitle: String?
    ) -> [Deployment.HeaderField] {
        let own = Set(fields)
        let kept = headers.filter { !own.contains($0) }
        let names = Set(kept.map(\.name))
        return kept + fields(clientSite: clientSite, clientTitle: clientTitle).filter { !names.contains($0.name) }
    }
}
