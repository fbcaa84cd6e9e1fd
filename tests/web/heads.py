"""What the head of an answer has to say: written down here, once, for pages, files, static files and the API."""

from typing import Any, Literal

Kind = Literal["page", "file", "static", "api"]

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
POWERS_REFUSED = ("camera", "microphone", "geolocation", "payment", "usb")
CLOSED = {"default-src": {"'none'"}, "base-uri": {"'none'"}, "frame-ancestors": {"'none'"}, "form-action": {"'self'"}}
LOADS = {"script-src", "style-src", "font-src", "connect-src", "manifest-src", "worker-src"}
KEEPS_NOTHING = "no-store"


def policy_of(answer: Any) -> dict[str, set[str]]:
    """Return the content security policy as its directives."""
    parts = [part.split() for part in answer.headers.get("Content-Security-Policy", "").split(";") if part.strip()]
    return {name: set(values) for name, *values in parts}


def kind_of(address: str, answer: Any) -> Kind:
    """Tell what kind of answer this is."""
    if "Content-Disposition" in answer.headers:
        return "file"
    if address.startswith("/static/") and answer.status_code < 400:
        return "static"
    return "api" if address.startswith("/api/v1/") else "page"


def wrong_in(answer: Any, kind: Kind) -> list[str]:
    """Return what is missing or too weak in the head of an answer, in words."""
    said = answer.headers
    wrong = [f"{name}: {said.get(name)}" for name, value in EVERYWHERE.items() if said.get(name) != value]
    powers = said.get("Permissions-Policy", "")
    wrong += [f"Permissions-Policy leaves {power}" for power in POWERS_REFUSED if f"{power}=()" not in powers]
    policy = policy_of(answer)
    if kind == "file":
        wrong += [] if policy.get("sandbox") == set() else ["a file is not in the sandbox"]
        wrong += [] if policy.get("default-src") == policy.get("frame-ancestors") == {"'none'"} else ["a file may load"]
        is_shown = said["Content-Disposition"].startswith("inline") and said["Content-Type"] == "application/pdf"
        wrong += [] if is_shown or said["Content-Disposition"].startswith("attachment") else ["a file is shown"]
    else:
        wrong += [f"{name} {policy.get(name)}" for name, value in CLOSED.items() if policy.get(name) != value]
        wrong += [f"{name} {policy[name]}" for name in LOADS & policy.keys() if policy[name] != {"'self'"}]
        wrong += [f"{name} is open" for name in policy.keys() - CLOSED.keys() - LOADS - {"img-src"}]
        wrong += [] if policy.get("img-src", set()) <= {"'self'", "data:"} else ["img-src is open"]
    return wrong + _wrong_in_keeping(said.get("Cache-Control", ""), kind, has_tag="ETag" in said)


def _wrong_in_keeping(said: str, kind: Kind, *, has_tag: bool) -> list[str]:
    if kind == "static":
        return [] if "max-age" in said else [f"a static file is not kept: {said}"]
    if kind == "api" and has_tag:
        return [] if "private" in said else [f"a record may be kept by others: {said}"]
    return [] if KEEPS_NOTHING in said else [f"Cache-Control: {said}"]
