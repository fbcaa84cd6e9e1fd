"""The mark that makes a PDF a Factur-X: the description of the attached invoice in its XMP metadata."""

import re

_NAMESPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_EXTENSION = """<rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>{namespace}</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>fx</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property>
</rdf:li>"""
_PROPERTY = """<rdf:li rdf:parseType="Resource">
<pdfaProperty:name>{name}</pdfaProperty:name>
<pdfaProperty:valueType>Text</pdfaProperty:valueType>
<pdfaProperty:category>external</pdfaProperty:category>
<pdfaProperty:description>{description}</pdfaProperty:description>
</rdf:li>"""
_PROPERTIES = (
    ("DocumentFileName", "The name of the embedded XML document"),
    ("DocumentType", "The type of the hybrid document in capital letters, e.g. INVOICE or ORDER"),
    ("Version", "The actual version of the standard applying to the embedded XML document"),
    ("ConformanceLevel", "The conformance level of the embedded XML document"),
)
_DESCRIPTION = f"""<rdf:Description rdf:about="" xmlns:fx="{_NAMESPACE}">
<fx:DocumentType>INVOICE</fx:DocumentType>
<fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>
<fx:Version>1.0</fx:Version>
<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>
</rdf:Description>"""
_BAG = "<pdfaExtension:schemas><rdf:Bag>"


# How Typst writes the two places that matter; it is pinned, and a test opens what comes out.
_KIND = b"/Type/Metadata/Subtype/XML>>"
_METADATA = re.compile(rb"(\d+) 0 obj\s*<</Length (\d+)/Type/Metadata/Subtype/XML>>\s*stream\n")
_LONGEST_HEAD = 64
_TRAILER = re.compile(rb"trailer\s*<<(.*)>>\s*startxref\s*(\d+)\s*%%EOF\s*$", re.DOTALL)


def mark_factur_x(pdf: bytes) -> bytes:
    """Add the Factur-X description to a PDF/A-3 that carries factur-x.xml.

    The new metadata is appended as an incremental update, which takes microseconds where writing the file anew takes
    longer than setting it.

    Source: Factur-X 1.0 (ZUGFeRD 2), section 6.2; ISO 32000-1, 7.5.6.
    """
    # Looking for the plain words first keeps the pattern from trying every digit of the file.
    metadata = _METADATA.search(pdf, max(0, pdf.find(_KIND) - _LONGEST_HEAD))
    trailer = _TRAILER.search(pdf, max(0, len(pdf) - 2000))
    if metadata is None or trailer is None:
        raise ValueError("The typesetter wrote a PDF of another shape than expected.")
    number, length = int(metadata.group(1)), int(metadata.group(2))
    xmp = _described(pdf[metadata.end() : metadata.end() + length].decode()).encode()
    head = pdf if pdf.endswith(b"\n") else pdf + b"\n"
    body = b"%d 0 obj\n<</Length %d/Type/Metadata/Subtype/XML>>\nstream\n%b\nendstream\nendobj\n" % (
        number,
        len(xmp),
        xmp,
    )
    table = b"xref\n%d 1\n%010d 00000 n\r\n" % (number, len(head))
    end = b"trailer\n<<%b/Prev %b>>\nstartxref\n%d\n%%%%EOF\n" % (
        trailer.group(1),
        trailer.group(2),
        len(head) + len(body),
    )
    return head + body + table + end


def _described(xmp: str) -> str:
    """Put the extension schema and the description into the metadata."""
    if _BAG not in xmp or "</rdf:RDF>" not in xmp:
        raise ValueError("The typesetter wrote metadata of another shape than expected.")
    properties = "".join(_PROPERTY.format(name=name, description=text) for name, text in _PROPERTIES)
    extension = _EXTENSION.format(namespace=_NAMESPACE, properties=properties)
    return xmp.replace(_BAG, _BAG + extension, 1).replace("</rdf:RDF>", _DESCRIPTION + "</rdf:RDF>", 1)
