"""The seller's picture, made safe: pixels are drawn anew, vector files pass only when they are nothing but shapes."""

import base64
import io
from functools import lru_cache

from lxml import etree

from conto.domain.errors import RuleBroken

_MAX_BYTES = 4 << 20
_MAX_PIXELS = 40_000_000
_KEPT_WIDTH, _KEPT_HEIGHT = 900, 400  # 300 dots per inch at the size it is printed
_SHAPES = (
    "svg g path rect circle ellipse line polyline polygon defs linearGradient radialGradient stop clipPath title desc "
    "use symbol"
)
_DRAWING = frozenset(_SHAPES.split())


@lru_cache(maxsize=32)
def logo_svg(picture: bytes) -> str:
    """Turn a PNG, JPEG, WebP or SVG into SVG text that holds nothing but its picture.

    Raises: RuleBroken when it is too large, or no such picture.
    """
    if len(picture) > _MAX_BYTES:
        raise RuleBroken("document.logo_too_large", "The logo may have at most 4 MB.")
    if picture.lstrip()[:5] in {b"<?xml", b"<svg "} or b"<svg" in picture[:1000]:
        return _checked_drawing(picture)
    return _redrawn(picture)


def _redrawn(picture: bytes) -> str:
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - a drawing program that no start waits for

    try:
        with Image.open(io.BytesIO(picture), formats=("PNG", "JPEG", "WEBP")) as opened:
            if opened.width * opened.height > _MAX_PIXELS:
                raise RuleBroken("document.logo_too_large", "The logo has too many pixels.")
            image = opened.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as broken:
        raise RuleBroken("document.bad_logo", "The logo must be a PNG, JPEG, WebP or SVG picture.") from broken
    image.thumbnail((_KEPT_WIDTH, _KEPT_HEIGHT))
    drawn = io.BytesIO()
    image.save(drawn, "PNG", optimize=True)
    pixels = base64.b64encode(drawn.getvalue()).decode()
    width, height = image.size
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f'<image width="{width}" height="{height}" href="data:image/png;base64,{pixels}"/></svg>'
    )


def _checked_drawing(picture: bytes) -> str:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(picture, parser)
    except etree.XMLSyntaxError as broken:
        raise RuleBroken("document.bad_logo", "The logo must be a PNG, JPEG, WebP or SVG picture.") from broken
    for node in root.iter():
        if not isinstance(node.tag, str) or etree.QName(node).localname not in _DRAWING:
            raise RuleBroken(
                "document.logo_not_plain", "The logo may contain shapes only; convert its text and pictures to paths."
            )
        for name, text in list(node.attrib.items()):
            local = etree.QName(name).localname
            if local.startswith("on") or (local == "href" and not str(text).startswith("#")):
                del node.attrib[name]
    return etree.tostring(root, encoding="unicode")
