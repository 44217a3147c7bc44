import EventLoop
import Glibc
import TestSupport
import Testing

/// Connections come and go: the limit of them, clients that leave, streams that are cut, and the end of the server.
@Suite struct LifecycleTests {
    // MARK: Clients that leave

    /// The answer is left to the end of the turn, and by then nobody is there.
    @Test(arguments: [false, true]) func anAnswerThatCannotLeaveIsKnownToBeLost(_ pipelined: Bool) throws {
        try withServer { server in
            let client = try server.client()
            let next = pipelined ? "GET /next HTTP/1.1\r\nHost: a\r\n\r\n" : ""
            try client.send("GET /too-late HTTP/1.1\r\nHost: a\r\n\r\n\(next)")
            #expect(server.seen.wait(.seconds(10)) { $0.waiting == 1 ? true : nil } == true)
            client.reset()
            server.seen.update { $0.hasReset = true }
            #expect(server.seen.wait(.seconds(10)) { $0.losses == [true] ? true : nil } == true)
            #expect(server.settles())
            #expect(server.seen.value.requests == ["GET /too-late"])
        }
    }

    /// Both requests are answered in one turn, and only the second one's answer is broken off.
    @Test func anAnswerThatLeftIsNotLostWithTheNextOne() throws {
        try withServer { server in
            let client = try server.client()
            try client.send("GET /noted HTTP/1.1\r\nHost: a\r\n\r\nGET /cut HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.response().text == "noted")
            #expect(server.seen.wait(.seconds(10)) { $0.losses.count == 1 ? true : nil } == true)
            #expect(server.seen.value.losses == [false])
        }
    }

    @Test(arguments: ["/stream-then-whole", "/stream-twice", "/whole-twice"])
    func aSecondAnswerEndsItsConnectionAndNobodyElses(_ path: String) throws {
        try withServer { server in
            let other = try server.client()
            try other.send("GET", "/hold")
            for version in ["1.1", "1.0"] {
                let client = try server.client()
                try client.send("GET \(path) HTTP/\(version)\r\nHost: a\r\n\r\n")
                var answer = try client.head()
                if path == "/whole-twice" {
                    while try client.piece(of: &answer) != nil {}
                    #expect(answer.text == "first")
                } else {
                    #expect(throws: SocketError.self) { while try client.piece(of: &answer) != nil {} }
                    #expect(answer.text == "part")
                }
                #expect(client.peerCloses())
            }
            #expect(server.seen.value.mistakes.count == 2)
            server.release()
            #expect(try other.response().text == "held")
        }
    }

    // MARK: The limit of connections

    @Test func oneTooManyIsToldSo() throws {
        try withServer(connections: 3) { server in
            let clients = try (0..<3).map { _ in try server.client() }
            for client in clients {
                try client.send("GET", "/")
                #expect(try client.response().status == 200)
            }
            for _ in 0..<5 {
                let late = try server.client()
                try late.send("GET", "/late")
                let answer = try late.response()
                #expect(answer.status == 503)
                #expect(answer.field("connection") == "close")
                #expect(answer.field("retry-after") == "1")
                #expect(answer.json?["error"]?["code"]?.string == "too_many_connections")
                #expect(try late.rest().isEmpty)
            }
            clients[0].close()
            #expect(server.settles(at: 2))
            #expect(try TestHTTPClient.get(server.port, "/").status == 200)
            #expect(!server.seen.value.requests.contains("GET /late"))
        }
    }

    /// Many at once must not slip past the limit before the first of them is counted.
    @Test func theLimitHoldsInABurst() throws {
        try withServer(connections: 3) { server in
            try server.whileBusy {
                let clients = try (0..<40).map { _ in try server.client() }
                for client in clients { try client.send("GET", "/hold") }
                return clients
            } then: { clients in
                #expect(server.seen.wait(.seconds(10)) { $0.waiting >= 3 ? true : nil } == true)
                server.release()
                let refused = clients.filter { (try? $0.response().status) == 503 }
                #expect(refused.count == 37)
            }
        }
    }

    // MARK: Clients that leave

    @Test(arguments: ["/hold", "/hold-stream"], [false, true])
    func theHandlerIsWokenWhenTheClientLeaves(_ target: String, _ resets: Bool) throws {
        try withServer { server in
            let client = try server.client()
            try client.send("GET", target)
            #expect(server.seen.wait(.seconds(10)) { $0.waiting == 1 ? true : nil } == true)
            if resets { client.reset() } else { client.close() }
            #expect(server.seen.wait(.seconds(10)) { $0.gone == 1 ? true : nil } == true)
            #expect(server.settles())
        }
    }

    /// The client has ended its side, which a handler takes for leaving; an answer that is ready still reaches it whole.
    @Test func anAnswerReachesAClientThatHasOnlyEndedItsSide() throws {
        try withServer { server in
            let client = try server.client()
            try client.send("GET", "/big?20000000")
            client.finishSending()
            #expect(server.seen.wait(.seconds(10)) { $0.requests.count == 1 ? true : nil } == true)
            _ = try TestHTTPClient.get(server.port, "/")
            #expect(try client.response().body == PathHandler.pattern(20_000_000))
            #expect(try client.rest().isEmpty)
        }
    }

    // MARK: Streams that are cut

    @Test func aCutStreamLacksItsLastChunk() throws {
        try withServer { server in
            let client = try server.client()
            try client.send("GET", "/cut")
            var answer = try client.head()
            #expect(try client.read(&answer, until: "part") == "part")
            #expect(throws: SocketError.self) { while try client.piece(of: &answer) != nil {} }
        }
    }

    /// There is no last chunk to lack, so only a reset tells a cut stream from a whole one.
    @Test func aCutStreamToHTTP10IsReset() throws {
        try withServer { server in
            let client = try server.client()
            try client.send("GET /cut HTTP/1.0\r\n\r\n")
            #expect(throws: SocketError.failed(call: "recv", errno: ECONNRESET)) { try client.response() }
        }
    }

    // MARK: The end

    @Test func drainingClosesWhatIsIdleAndLetsTheRestFinish() throws {
        try withServer { server in
            let idle = try server.client()
            let used = try server.client()
            try used.send("GET", "/")
            _ = try used.response()
            let busy = try server.client()
            try busy.send("GET", "/hold")
            let streaming = try server.client()
            try streaming.send("GET", "/hold-stream")
            let halfway = try server.client()
            try halfway.send("GET /half HTTP/1.1\r\nHost: a\r\n")
            #expect(server.seen.wait(.seconds(10)) { $0.waiting == 2 ? true : nil } == true)
            // A connection that was idle when it was accepted after all these: their first bytes have been read.
            _ = try TestHTTPClient.get(server.port, "/")
            server.drain()
            #expect(try idle.rest().isEmpty)
            #expect(try used.rest().isEmpty)
            #expect(throws: SocketError.failed(call: "connect", errno: ECONNREFUSED)) { try server.client() }
            try halfway.send("\r\n")
            let half = try halfway.response()
            #expect(half.status == 200)
            #expect(half.field("connection") == "close")
            server.release()
            let held = try busy.response()
            #expect(held.text == "held")
            #expect(held.field("connection") == "close")
            #expect(try busy.rest().isEmpty)
            // Its head left before the drain, so it could not say that the connection ends; it ends all the same.
            #expect(try streaming.response().text == "first;last;")
            #expect(try streaming.rest().isEmpty)
            #expect(server.settles())
        }
    }

    // MARK: Descriptors

    /// In a process of its own, where nobody else opens and closes any.
    @Test func descriptorsAreGivenBack() async {
        await #expect(processExitsWith: .success) {
            try withServer { server in
                _ = try TestHTTPClient.get(server.port, "/")
                #expect(server.settles())
                let before = openDescriptors()
                for number in 0..<500 {
                    let client = try server.client()
                    switch number % 8 {
                    case 0: break
                    case 1: try client.send("GET", "/")
                    case 2:
                        try client.send("GET", "/")
                        _ = try client.response()
                    case 3: try client.send("GET / HTTP/1.1\r\nX")
                    case 4: try client.send("bad\r\n\r\n")
                    case 5: try client.send("POST", "/echo", [WireField("Content-Length", "10")])
                    case 6: try client.send("GET", "/flood")
                    default: try client.send("GET", "/cut")
                    }
                    if number % 3 == 0 { client.reset() }
                }
                // They are accepted in order, so once this one is answered none of the others is still to come.
                _ = try TestHTTPClient.get(server.port, "/")
                #expect(server.settles())
                #expect(openDescriptors() == before)
            }
        }
    }

    /// Out of descriptors: clients are hung up on instead of waiting in the queue for ever, the loop does not spin, and
    /// service is back as soon as there are descriptors again.
    @Test func withoutDescriptorsTheServerLivesOn() async {
        await #expect(processExitsWith: .success) {
            try withServer { server in
                let open = try server.client()
                try open.send("GET", "/")
                _ = try open.response()
                // The clients' sockets come out of the same table; the last one leaves none for the server.
                var limit = rlimit()
                _ = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                limit.rlim_cur = 64
                _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                try server.whileBusy {
                    // Nobody is accepted meanwhile, or the server might have the last descriptor, with nobody left to accept.
                    var clients: [TestHTTPClient] = []
                    while let client = try? server.client() { clients.append(client) }
                    return clients
                } then: { clients in
                    // Of those the server could not accept, one at least is hung up on.
                    #expect(clients.contains { $0.peerCloses(within: .milliseconds(200)) })
                    try open.send("GET", "/still-here")
                    #expect(try open.response().text == "/still-here")
                    for client in clients { client.close() }
                }
                limit.rlim_cur = 1024
                _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                #expect(try TestHTTPClient.get(server.port, "/again").text == "/again")
            }
        }
    }
}

/// How many descriptors this process has open.
func openDescriptors() -> Int {
    guard let directory = unsafe opendir("/proc/self/fd") else { return -1 }
    var count = 0
    while unsafe readdir(directory) != nil { count += 1 }
    unsafe closedir(directory)
    return count
}
