import Testing
@testable import EventLoop
@Suite struct Trial { @Test func works() { var b = ByteBuffer(); b.append("abc"); #expect(b.count == 3) } }
