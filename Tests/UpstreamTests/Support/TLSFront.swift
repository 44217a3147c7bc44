import Glibc
import TestSupport

/// TLS in front of a scripted server: a process that decrypts to it. Needs `openssl` and Python, for tests only.
final class TLSFront: Sendable {
    enum Certificate: String, Sendable {
        /// For `localhost` and 127.0.0.1, by an authority of its own.
        case good
        case otherHost
        case expired
    }

    static let isAvailable =
        unsafe access("/usr/bin/openssl", X_OK) == 0 && access("/usr/bin/python3", X_OK) == 0

    private let process: GatewayProcess

    init(to server: ScriptedServer, _ certificate: Certificate = .good) throws {
        process = try GatewayProcess(
            binary: "/bin/sh",
            arguments: ["{config}", certificate.rawValue, "\(server.port)"], config: TLSFront.script)
    }

    var port: Int { Int(process.port) }

    /// The authority's certificate.
    var bundle: String { process.directory + "/ca.pem" }

    func replaceBundle(_ text: String) throws { try process.addFile("ca.pem", text) }

    private static let script = #"""
        set -e
        cd "$HOME"
        days=2 name=localhost alternatives=DNS:localhost,IP:127.0.0.1
        case $1 in
        otherHost) name=other.test alternatives=DNS:other.test ;;
        expired) days=-1 ;;
        esac
        key="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        exec 3>&2 2>/dev/null
        openssl req -x509 $key -keyout ca.key -out ca.pem -subj /CN=test-authority -days 2
        openssl req $key -keyout key.pem -out request.pem -subj /CN=$name
        echo "subjectAltName=$alternatives" > extensions
        openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days $days \
            -extfile extensions -out certificate.pem
        exec 2>&3
        cat > front.py <<'END'
        import asyncio, ssl, sys
        async def pump(reader, writer):
            while piece := await reader.read(65536):
                writer.write(piece)
                await writer.drain()
        async def serve(reader, writer):
            inner, outer = await asyncio.open_connection("127.0.0.1", int(sys.argv[1]))
            up = asyncio.create_task(pump(reader, outer))
            down = asyncio.create_task(pump(inner, writer))
            await asyncio.wait([up, down], return_when=asyncio.FIRST_COMPLETED)
            for task in [up, down]:
                task.cancel()
            writer.close()
            outer.close()
        async def main():
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain("certificate.pem", "key.pem")
            server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
            print("http://127.0.0.1:%d" % server.sockets[0].getsockname()[1], flush=True)
            await server.serve_forever()
        asyncio.run(main())
        END
        exec /usr/bin/python3 front.py "$2" 2>/dev/null
        """#
}
