"""An upstream that answers every request with the same bytes, whatever they are: sound, odd or hostile."""

import socket
import threading


class Upstream:
    """Listens on a port of 127.0.0.1. `answer` is sent as it is, then the connection is closed."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.answer = b""
        self.received = 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.handle, args=(client,), daemon=True).start()

    def handle(self, client):
        with client:
            try:
                head, _, body = self.read_head(client)
                length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n")
                               if line.lower().startswith(b"content-length:")), 0)
                count = len(body)
                while count < length:
                    part = client.recv(1 << 20)
                    if not part:
                        return
                    count += len(part)
                self.received = length
                client.sendall(self.answer)
                client.shutdown(socket.SHUT_WR)
                client.settimeout(5)
                while client.recv(1 << 16):
                    pass
            except OSError:
                pass

    @staticmethod
    def read_head(client):
        data = b""
        while b"\r\n\r\n" not in data:
            part = client.recv(1 << 16)
            if not part:
                raise OSError("no request")
            data += part
        return data.partition(b"\r\n\r\n")

    def close(self):
        self.listener.close()
