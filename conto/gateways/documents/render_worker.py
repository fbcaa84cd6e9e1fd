"""The process that sets documents: one kept Typst compiler, an empty root folder, limited memory.

What strangers wrote arrives as data only. The template is constant, reads no file and can reach none.
"""

import base64
import json
import resource
import tempfile
from pathlib import Path
from typing import Any

import typst

from conto.gateways.documents.fonts import drawable, families_for, font_folders, printable
from conto.gateways.documents.worker import answer_lines

_TEMPLATE = Path(__file__).with_name("document.typ")
_MAX_MEMORY = 1 << 30
# Pictures that we drew ourselves are no texts; everything else is made printable.
_PICTURES = frozenset({"logo", "qr", "swiss_bill", "accent"})


class Setter:
    """Holds the compiler and its fonts."""

    def __init__(self) -> None:
        self._source = _TEMPLATE.read_bytes()
        root = tempfile.mkdtemp(prefix="conto-empty-")
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[*font_folders()])
        self._compiler = typst.Compiler(self._source, root=root, font_paths=fonts)
        Path(root).rmdir()  # emptier than empty, and nothing is left behind when this process is killed
        drawable()

    def set(self, question: dict[str, Any]) -> dict[str, Any]:
        """Set one document in the wanted format; pages come back in base64."""
        shown = _made_printable(question["data"])
        shown["fonts"] = families_for(json.dumps(shown, ensure_ascii=False))
        inputs = {"data": json.dumps(shown)}
        options: dict[str, Any] = {"format": question["format"]}
        if question["format"] == "pdf":
            options["timestamp"] = question["timestamp"]
            if "xml" in question:
                inputs["xml"] = question["xml"]
                inputs["relation"] = question["relation"]
            if question["archive"]:
                options["pdf_standards"] = "a-3b"
        elif question["format"] == "png":
            options["ppi"] = question["ppi"]
        made = self._compiler.compile(input=self._source, sys_inputs=inputs, **options)
        pages = made if isinstance(made, list) else [made]
        return {"pages": [base64.b64encode(page).decode() for page in pages if page]}


def _made_printable(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list):
        return [_made_printable(item) for item in value]
    if isinstance(value, dict):
        return {name: item if name in _PICTURES else _made_printable(item) for name, item in value.items()}
    return value


def main() -> None:
    """Set documents until its input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))
    answer_lines(Setter().set)


if __name__ == "__main__":
    main()
