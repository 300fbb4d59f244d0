"""A TCP proxy that cuts connections in the middle of what they carry."""

import contextlib
import socket
import threading


class CuttingProxy:
    """Passes connections on to `port`; while `cut_after` is a function, each new connection is cut, both ways and
    without a farewell, once the client has sent as many bytes as it returns."""

    def __init__(self, port):
        self.target = port
        self.cut_after = None
        self.cuts = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.close()
        self.cut_all()

    def cut_all(self):
        for connection in list(self._open):
            _reset(connection)

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection(("127.0.0.1", self.target))
                except OSError:
                    client.close()
                    continue
                self._open |= {client, server}
                limit = self.cut_after() if self.cut_after else None
                threading.Thread(target=self._carry, args=(client, server, limit), daemon=True).start()
                threading.Thread(target=self._carry, args=(server, client, None), daemon=True).start()

    def _carry(self, source, target, limit):
        with contextlib.suppress(OSError):
            carried = 0
            while data := source.recv(65536):
                if limit is not None and carried + len(data) > limit:
                    target.sendall(data[:limit - carried])
                    self.cuts += 1
                    break
                target.sendall(data)
                carried += len(data)
        for connection in (source, target):
            _reset(connection)
            self._open.discard(connection)


def _reset(connection):
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
