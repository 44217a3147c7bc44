import TestSupport
import Testing

@Suite struct PipeliningTests {
    private func request(_ number: Int) -> [UInt8] {
        switch number % 4 {
        case 0: Array("GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        case 1: Array("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: \("/\(number)".count)\r\n\r\n/\(number)".utf8)
        case 2:
            Array(
                "\r\nPOST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\n/\r\n".utf8)
                + Array("\(String("\(number)".count, radix: 16))\r\n\(number)\r\n0\r\nX-Trailer: t\r\n\r\n".utf8)
        // A short body that the handler leaves unread.
        default: Array("PUT /\(number) HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nxyz".utf8)
        }
    }

    @Test func anyNumberIsAnsweredInOrder() throws {
        try withServer { server in
            let client = try server.client()
            try client.send((0..<400).flatMap(request))
            for number in 0..<400 {
                let answer = try client.response()
                #expect(answer.status == 200)
                #expect(answer.text == "/\(number)")
            }
            #expect(server.openConnections == 1)
        }
    }

    @Test func theBytesMayBeCutAnywhere() throws {
        let bytes = (0..<4).flatMap(request)
        try withServer { server in
            let client = try server.client()
            for cut in 1..<bytes.count {
                try client.send(bytes[..<cut])
                // A client of its own goes there and back, so the server has most likely read the first part by then.
                _ = try TestHTTPClient.get(server.port, "/")
                try client.send(bytes[cut...])
                for number in 0..<4 {
                    let answer = try client.response()
                    #expect(answer.text == "/\(number)", "cut at \(cut)")
                }
            }
        }
    }

    @Test func theBytesMayComeOneByOne() throws {
        try withServer { server in
            let client = try server.client()
            for byte in (0..<8).flatMap(request) { try client.send([byte]) }
            for number in 0..<8 {
                let answer = try client.response()
                #expect(answer.text == "/\(number)")
            }
        }
    }

    @Test func whatCameBeforeTheClientEndedIsAnswered() throws {
        try withServer { server in
            let client = try server.client()
            try client.send((0..<40).flatMap(request))
            client.finishSending()
            for number in 0..<40 {
                let answer = try client.response()
                #expect(answer.text == "/\(number)")
            }
            #expect(try client.rest().isEmpty)
        }
    }

    @Test func anAnswerIsNotLostBehindARequestThatIsCut() throws {
        try withServer { server in
            try server.whileBusy {
                let client = try server.client()
                try client.send(
                    "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
                client.finishSending()
                return client
            } then: { client in
                let answer = try client.response()
                #expect(answer.text == "/1")
                #expect(((try? client.rest()) ?? []).isEmpty)
            }
        }
    }

    @Test func anAnswerThatDoesNotFitIsSentBeforeTheNextRequestIsRead() throws {
        try withServer { server in
            let client = try server.client()
            // More than the buffers of both sides hold.
            let length = 20_000_000
            for _ in 0..<2 {
                try client.send("GET", "/big-later?\(length)")
                try client.send("GET", "/next")
                let answer = try client.response()
                #expect(answer.body == PathHandler.pattern(length))
                let next = try client.response()
                #expect(next.text == "/next")
            }
        }
    }

    @Test func nothingIsAnsweredBehindAnAnswerThatCloses() throws {
        try withServer { server in
            let client = try server.client()
            try client.send("GET /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.response().text == "/1")
            #expect(try client.rest().isEmpty)
            #expect(server.seen.value.requests == ["GET /1"])
        }
    }

    @Test func theNextOneWaitsForTheAnswerBeforeIt() throws {
        try withServer { server in
            let client = try server.client()
            try client.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(server.seen.wait(.seconds(10)) { $0.waiting == 1 ? true : nil } == true)
            _ = try TestHTTPClient.get(server.port, "/other")
            #expect(server.seen.value.requests == ["GET /hold", "GET /other"])
            server.release()
            #expect(try client.response().text == "held")
            #expect(try client.response().text == "/2")
        }
    }
}
