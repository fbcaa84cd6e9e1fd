"""A wire between a program and its mail server that breaks after so many bytes."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.waiting import PATIENCE_SECONDS


class Cutter:
    """Passes bytes on; each connection breaks after the next number of `cuts`, later ones hold."""

    def __init__(self, target: int, cuts: list[int]) -> None:
        self.target = target
        self.cuts = cuts
        self.connections = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take no more connections."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(PATIENCE_SECONDS)

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            far = socket.create_connection(("127.0.0.1", self.target))
            left = self.cuts.pop(0) if self.cuts else None
            for one, other, most in ((near, far, None), (far, near, left)):
                threading.Thread(target=self._pass_on, args=(one, other, most), daemon=True).start()

    @staticmethod
    def _pass_on(one: socket.socket, other: socket.socket, most: int | None) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while data := one.recv(16384):
                if most is not None and passed + len(data) >= most:
                    other.sendall(data[: most - passed])
                    break
                passed += len(data)
                other.sendall(data)
        for each in (one, other):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


@contextmanager
def open_cutter(target: int, cuts: list[int]) -> Iterator[Cutter]:
    """Stand between until the block ends."""
    cutter = Cutter(target, cuts)
    try:
        yield cutter
    finally:
        cutter.close()
