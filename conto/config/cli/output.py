"""What commands say: progress for people on the error stream, the result for people or programs on the other."""

import json
import sys
import threading
from collections.abc import Callable
from typing import Any

Say = Callable[[str], None]


class CommandError(Exception):
    """The command can't do what was asked; the message says why in plain words."""


class Output:
    """The voice of one command."""

    def __init__(self, *, as_json: bool) -> None:
        """Speak plain words, or one JSON object at the end."""
        self._as_json = as_json
        self._line = threading.Lock()
        self._is_live = sys.stderr.isatty()
        self._is_open = False

    def say(self, text: str) -> None:
        """Say how far the work is."""
        with self._line:
            if self._is_open:
                sys.stderr.write("\n")
                self._is_open = False
            sys.stderr.write(f"{text}\n")
            sys.stderr.flush()

    def progress(self, text: str) -> None:
        """Say how far the work is, over the last such line where the terminal can do that."""
        if not self._is_live:
            self.say(text)
            return
        with self._line:
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()
            self._is_open = True

    def result(self, text: str, **facts: Any) -> None:
        """Say the result: the text for people, the facts for programs."""
        with self._line:
            if self._is_open:
                sys.stderr.write("\n")
                self._is_open = False
            print(json.dumps({"ok": True, **facts}, default=str) if self._as_json else text, flush=True)

    def failure(self, text: str, **facts: Any) -> None:
        """Say why the command failed."""
        with self._line:
            if self._as_json:
                print(json.dumps({"ok": False, "error": text, **facts}, default=str), flush=True)
            else:
                sys.stderr.write(f"{chr(10) if self._is_open else ''}{text}\n")
