"""What people with bad intentions type, and how an answer is searched for what came of it."""

import re
import unicodedata
from html.parser import HTMLParser
from urllib.parse import urlsplit

MARK = "zqx"  # stands in every text of the corpus and nowhere else, so that what came of it is found

CORPUS = {
    "script": f"<script>{MARK}()</script>",
    "closing tags": f"</textarea></title></script></style>--><svg/onload={MARK}()><{MARK}>",
    "attribute": f'"\' onmouseover={MARK}() data-{MARK}="',
    "backticks": f"`onclick={MARK}() '><img src={MARK} onerror={MARK}()>",
    "address": f"javascript:{MARK}()//",
    "data address": f"data:text/html,<script>{MARK}()</script>",
    "elsewhere": f"//{MARK}.example/\\{MARK}",
    "entities": f"&lt;img src={MARK} onerror={MARK}()&gt;&#x3c;{MARK}&#62;&amp;",
    "django": f"{{{{ 7|add:42 }}}}{{% load {MARK} %}}{{# {MARK} #}}",
    "jinja": f"{MARK}{{{{7*7}}}}${{7*7}}#{{7*7}}<%= 7*7 %>",
    "typst": f'#(7*7){MARK} #read("/etc/passwd") #panic("{MARK}") ${MARK}$ *{MARK}* @{MARK} \\u{{41}}',
    "formula": f'=HYPERLINK("http://{MARK}.example","{MARK}")',
    "plus": f"+{MARK}|'/C calc'!A0",
    "minus": f"-2+3+cmd|{MARK}",
    "at": f"@SUM({MARK})",
    "tab": f"\t={MARK}",
    "return": f"\r={MARK}",
    "cell": f'{MARK}","=1+1',
    "wide formula": f"\uff1d{MARK}()",
    "header": f"{MARK}\r\nBcc: {MARK}@evil.example\r\n\r\n{MARK}",
    "bidi": f"{MARK}\u202egpj.exe\u2066{MARK}",
    "nul": f"{MARK}\x00{MARK}",
    "controls": f"{MARK}\x01\x08\x1b[31m{MARK}\x7f\x85",
    "unseen": f"{MARK}\u200b\u200d\ufeff\u2060\u00ad{MARK}\u2028{MARK}",
    "right to left": f"{MARK} שלום مرحبا",
    "combining": f"{MARK}e" + "\u0301" * 80,
    "surrogate": f"{MARK}\ud800{MARK}",
    "not a letter": f"{MARK}\uffff\U0010ffff\U000e0041",
    "sql": f"{MARK}'; DROP TABLE crm_customer; --",
    "path": f"../../../../etc/{MARK}%2f..\\..\\{MARK}",
    "xml": f'<!DOCTYPE a [<!ENTITY {MARK} SYSTEM "file:///etc/passwd">]>&{MARK};]]><![CDATA[{MARK}',
    "percent": f"%({MARK})s %s %n %% {{{MARK}}} {{0}}",
    "long": MARK * 4000,
}
_ADDRESSES = {"href", "src", "action", "formaction", "xlink:href", "poster", "data", "hx-get", "hx-post", "hx-put"}
_RAW = {"script", "style"}
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = re.compile(r"[-+]?[\d.,]+%?")


class _Finder(HTMLParser):
    """Looks for elements, attributes, handlers, addresses and script that came out of the corpus."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self.text: list[str] = []
        self._raw = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if MARK in tag:
            self.wrong.append(f"element <{tag[:40]}>")
        self._raw = tag if tag in _RAW else ""
        names = [name for name, _ in attrs]
        for name, value in attrs:
            said = value or ""
            if MARK in name or name.startswith("on") or (name == "style" and MARK in said):
                self.wrong.append(f"attribute {name[:40]} of <{tag}>")
            if name in _ADDRESSES and MARK in said and not _is_ours(said):
                self.wrong.append(f"{name}={said[:80]!r} of <{tag}>")
            if name.startswith("hx-on") or (name == "hx-vals" and MARK in said and said.startswith("js:")):
                self.wrong.append(f"{name} of <{tag}>")
            if name in {"value", "content", "title"}:
                self.text.append(said)
        if tag == "meta" and "http-equiv" in names:
            self.wrong.append("meta http-equiv")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self._raw = ""

    def handle_endtag(self, tag: str) -> None:
        del tag
        self._raw = ""

    def handle_data(self, data: str) -> None:
        if self._raw and MARK in data:
            self.wrong.append(f"inside of <{self._raw}>: {data[:80]!r}")
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        if MARK in data:
            self.wrong.append(f"comment {data[:60]!r}")

    def handle_decl(self, decl: str) -> None:
        if MARK in decl:
            self.wrong.append(f"declaration {decl[:60]!r}")


def _is_ours(address: str) -> bool:
    plain = "".join(letter for letter in address if letter > " ").replace("\\", "/")
    if plain.startswith(("mailto:", "tel:", "otpauth:")):
        return not {"\n", "\r", " ", "<", '"'} & set(address)
    return not plain.startswith("//") and not urlsplit(plain).scheme


def live_parts(page: str) -> list[str]:
    """Return what of the corpus became more than text on a page, in words."""
    finder = _Finder()
    finder.feed(page)
    finder.close()
    if "49" + MARK in page or MARK + "49" in page:
        finder.wrong.append("a template was evaluated")
    if "root:x:" in page:
        finder.wrong.append("a file of the machine was read")
    return finder.wrong


def text_of(page: str) -> str:
    """Return what a reader sees of a page, and what its fields hold."""
    finder = _Finder()
    finder.feed(page)
    return " ".join(finder.text)


def formulas_in(rows: list[list[str]]) -> list[str]:
    """Return the cells that a spreadsheet would compute."""
    return [
        cell for row in rows for cell in row if cell.startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(cell.strip())
    ]


def core(text: str) -> str:
    """Return a text without what may be dropped: spaces, marks and everything that is not seen."""
    kept = (letter for letter in unicodedata.normalize("NFKD", text.encode("utf-8", "replace").decode()))
    return "".join(letter for letter in kept if letter.isprintable() and unicodedata.category(letter)[0] not in "MZC")
