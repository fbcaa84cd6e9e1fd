"""The mark that makes a PDF a Factur-X: the description of the attached invoice in its XMP metadata."""

import io

import pikepdf

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


def mark_factur_x(pdf: bytes) -> bytes:
    """This function will add the Factur-X description to a PDF/A-3 that carries factur-x.xml.

    Source: Factur-X 1.0 (ZUGFeRD 2), section 6.2.
    """
    properties = "".join(_PROPERTY.format(name=name, description=text) for name, text in _PROPERTIES)
    extension = _EXTENSION.format(namespace=_NAMESPACE, properties=properties)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        xmp = opened.Root.Metadata.read_bytes().decode()
        if _BAG in xmp:
            xmp = xmp.replace(_BAG, _BAG + extension, 1)
        else:
            xmp = xmp.replace("</rdf:RDF>", _new_bag(extension) + "</rdf:RDF>", 1)
        xmp = xmp.replace("</rdf:RDF>", _DESCRIPTION + "</rdf:RDF>", 1)
        metadata = opened.make_stream(xmp.encode())
        metadata.Type = pikepdf.Name.Metadata
        metadata.Subtype = pikepdf.Name.XML
        opened.Root.Metadata = metadata
        written = io.BytesIO()
        opened.save(written, deterministic_id=True, compress_streams=False)
    return written.getvalue()


def _new_bag(extension: str) -> str:
    return (
        '<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" '
        'xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" '
        'xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">'
        f"{_BAG}{extension}</rdf:Bag></pdfaExtension:schemas></rdf:Description>"
    )
