"""A client's end of HTTP/1.1 that takes nothing on trust: what is not strictly an answer is `Dishonest`."""

import re
import socket
import struct

STATUS_LINE = re.compile(rb"HTTP/1\.1 ([2-5]\d\d|100) [\x20-\x7e]*")
FIELD = re.compile(rb"([A-Za-z0-9_-]+): ([\x20-\x7e\x80-\xff]*)")
SIZE = re.compile(rb"[0-9a-f]{1,8}")


class Dishonest(Exception):
    """What came is not what a client may rely on."""


class Cut(Exception):
    """The connection ended in the middle of an answer, or before it."""


class Answer:
    def __init__(self, status, fields):
        self.status, self.fields, self.body = status, fields, b""

    @property
    def closes(self):
        return self.fields.get("connection", "").lower() == "close"

    @property
    def is_stream(self):
        return self.fields.get("content-type", "").startswith("text/event-stream")


class Connection:
    """One connection to the gateway. Nothing is sent or read behind the caller's back."""

    def __init__(self, port, patience, receive_buffer=0):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(patience)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.unread = b""
        self.on_read = None

    def send(self, data):
        try:
            self.socket.sendall(data)
        except ConnectionError as error:
            raise Cut(f"sending: {error}") from None

    def close(self, reset=False):
        if reset:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def fill(self):
        """`False` at the end of the connection."""
        if self.on_read:
            self.on_read()
        try:
            data = self.socket.recv(1 << 16)
        except TimeoutError:
            raise Dishonest("nothing came for so long that the client gave up") from None
        except ConnectionError as error:
            raise Cut(f"receiving: {error}") from None
        self.unread += data
        return bool(data)

    def until(self, mark):
        while mark not in self.unread:
            if not self.fill():
                raise Cut(f"the end came after {self.unread[:80]!r}")
        data, self.unread = self.unread.split(mark, 1)
        return data

    def take(self, count):
        while len(self.unread) < count:
            if not self.fill():
                raise Cut("the end came inside a body")
        data, self.unread = self.unread[:count], self.unread[count:]
        return data

    def answer(self, method="POST", version="1.1", continues=False):
        """The next final answer; the only interim one that may come is 100 Continue, once, if it was asked for."""
        answer = self.head()
        if answer.status == 100:
            if not continues or answer.fields:
                raise Dishonest("100 Continue that was not asked for, or with fields")
            answer = self.head()
            if answer.status == 100:
                raise Dishonest("two times 100 Continue")
        if "date" not in answer.fields:
            raise Dishonest("an answer without a date")
        if method == "HEAD" or answer.status in (204, 304):
            return answer
        length = answer.fields.get("content-length")
        if answer.fields.get("transfer-encoding") == "chunked":
            if length is not None or version != "1.1":
                raise Dishonest("chunks with a length, or to HTTP/1.0")
            answer.body = self.chunks()
        elif length is not None:
            answer.body = self.take(int(length))
        elif version == "1.1" or not answer.closes:
            raise Dishonest("an answer whose end nobody can tell")
        else:
            while self.fill():
                pass
            answer.body, self.unread = self.unread, b""
        return answer

    def head(self):
        lines = self.until(b"\r\n\r\n").split(b"\r\n")
        status = STATUS_LINE.fullmatch(lines[0])
        if not status:
            raise Dishonest(f"no status line: {lines[0][:80]!r}")
        fields = {}
        for line in lines[1:]:
            field = FIELD.fullmatch(line)
            if not field:
                raise Dishonest(f"no field: {line[:80]!r}")
            name = field[1].decode().lower()
            if name in fields and name in ("content-length", "transfer-encoding", "content-type", "connection", "date"):
                raise Dishonest(f"{name} comes twice")
            fields[name] = field[2].decode("latin-1")
        return Answer(int(status[1]), fields)

    def chunks(self):
        body = []
        while True:
            size = self.until(b"\r\n")
            if not SIZE.fullmatch(size):
                raise Dishonest(f"no size of a chunk: {size[:80]!r}")
            data = self.take(int(size, 16) + 2)
            if data[-2:] != b"\r\n":
                raise Dishonest("a chunk that is longer than its size")
            if len(data) == 2:
                return b"".join(body)
            body.append(data[:-2])
