"""Which addresses are asked: by spelling, by number, and whatever way a number is dressed up."""

import ipaddress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conto.domain.errors import RuleBroken
from conto.domain.targets import check_number, read_target

PRIVATE = [
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "0.0.0.0/8",
]


def numbers_of(*networks: str) -> st.SearchStrategy[ipaddress.IPv4Address]:
    nets = [ipaddress.IPv4Network(network) for network in networks]
    return st.sampled_from(nets).flatmap(
        lambda net: st.integers(int(net.network_address), int(net.broadcast_address)).map(ipaddress.IPv4Address)
    )


def spellings(number: ipaddress.IPv4Address) -> list[str]:
    """All the ways in which programs have been talked into asking a neighbor."""
    a, b, c, d = number.packed
    value = int(number)
    wide = str(number).translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    return [
        str(number),
        f"{number}.",
        str(value),
        f"0{value:o}",
        f"0x{value:x}",
        f"0X{value:08X}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}",
        f"{a:03}.{b:03}.{c:03}.{d:03}",
        f"{a}.{(b << 16) + (c << 8) + d}",
        f"{a}.{b}.{(c << 8) + d}",
        wide,
        wide.replace(".", "。"),
        f"[::ffff:{number}]",
        f"[::ffff:{a:x}{b:02x}:{c:x}{d:02x}]",
        f"[::{number}]",
        f"[2002:{a:02x}{b:02x}:{c:02x}{d:02x}::1]",
        f"[64:ff9b::{number}]",
        f"[64:ff9b:1::{number}]",
        f"[2001:0:{a:02x}{b:02x}:{c:02x}{d:02x}::]",
        f"user@{number}",
        f"example.com@{number}",
        f"example.com:443@{number}",
        f"{number}\\.example.com",
        f"{number}#@example.com",
        f"{number}?@example.com",
    ]


@given(numbers_of(*PRIVATE))
@example(ipaddress.IPv4Address("127.0.0.1"))
@example(ipaddress.IPv4Address("169.254.169.254"))
def test_a_private_number_is_refused_in_every_spelling(number: ipaddress.IPv4Address) -> None:
    for host in spellings(number):
        with pytest.raises(RuleBroken, match=r"\[target\."):
            read_target(f"https://{host}/hooks")


@given(st.ip_addresses(v=4))
def test_a_number_that_is_no_place_on_the_internet_is_refused(number: ipaddress.IPv4Address) -> None:
    if not number.is_global or number.is_multicast or number.is_reserved:
        with pytest.raises(RuleBroken):
            check_number(str(number))


@given(st.ip_addresses(v=6))
def test_a_long_number_that_is_no_place_on_the_internet_is_refused(number: ipaddress.IPv6Address) -> None:
    hidden = number.ipv4_mapped or number.sixtofour or number.teredo
    if not number.is_global or number.is_multicast or number.is_reserved or hidden:
        with pytest.raises(RuleBroken):
            check_number(str(number))


@given(numbers_of(*PRIVATE))
def test_a_private_number_hidden_in_a_long_one_is_refused_even_where_private_ones_are_allowed(
    number: ipaddress.IPv4Address,
) -> None:
    for prefix in ("::ffff:", "64:ff9b::", "64:ff9b:1::"):
        with pytest.raises(RuleBroken):
            check_number(f"{prefix}{number}", allow_private=True)


@pytest.mark.parametrize("number", ["93.184.215.14", "8.8.8.8", "2606:4700::6810:84e5", "2a00:1450:4001:80b::200e"])
def test_a_place_on_the_internet_is_asked(number: str) -> None:
    check_number(number)
    host = f"[{number}]" if ":" in number else number
    assert read_target(f"https://{host}/x").is_number


@pytest.mark.parametrize(
    "number",
    [
        "169.254.169.254",
        "100.100.100.200",
        "168.63.129.16",
        "fd00:ec2::254",
        "0.0.0.0",  # noqa: S104 -- it is refused
        "::",
        "224.0.0.1",
        "fe80::1",
        "fe80::1%eth0",
    ],
)
def test_metadata_and_numbers_without_a_place_are_never_asked(number: str) -> None:
    for allow_private in (False, True):
        with pytest.raises(RuleBroken):
            check_number(number, allow_private=allow_private)


@pytest.mark.parametrize(
    "number", ["127.0.0.1", "10.1.2.3", "192.168.1.1", "172.31.0.1", "100.64.0.1", "::1", "fd12::1"]
)
def test_private_numbers_are_asked_only_where_allowed(number: str) -> None:
    check_number(number, allow_private=True)
    with pytest.raises(RuleBroken):
        check_number(number)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "target.not_an_address"),
        ("example.com/hooks", "target.not_an_address"),
        ("https:/example.com", "target.not_an_address"),
        ("https://example.com/a b", "target.not_an_address"),
        ("https://example.com/\r\nHost: evil", "target.not_an_address"),
        ("https://example.com\\@127.0.0.1/", "target.has_user"),
        ("https://example.com/\\evil", "target.not_an_address"),
        (f"https://example.com/{'x' * 2000}", "target.not_an_address"),
        ("http://example.com/", "target.not_https"),
        ("ftp://example.com/", "target.not_https"),
        ("file:///etc/passwd", "target.not_https"),
        ("https://ada@example.com/", "target.has_user"),
        ("https://ada:secret@example.com/", "target.has_user"),
        ("https://example.com:8443/", "target.port"),
        ("https://example.com:0/", "target.port"),
        ("https://example.com:65536/", "target.port"),
        ("https://example.com:22/", "target.port"),
        ("https:///hooks", "target.no_host"),
        ("https://exa%6dple.com/", "target.no_host"),
        ("https://-example.com/", "target.no_host"),
        ("https://example..com/", "target.no_host"),
        ("https://[fe80::1%25eth0]/", "target.no_host"),
        ("https://[::1", "target.no_host"),
        ("https://localhost/", "target.local_name"),
        ("https://db.internal/", "target.local_name"),
        ("https://printer.local/", "target.local_name"),
        ("https://metadata/", "target.local_name"),
        ("https://2130706433/", "target.odd_number"),
        ("https://0x7f.1/", "target.odd_number"),
        ("https://0177.0.0.1/", "target.odd_number"),
        ("https://1.2.3.256/", "target.odd_number"),
        ("https://127.0.0.1/", "target.private"),
    ],
)
def test_what_is_refused_is_refused_for_its_reason(url: str, code: str) -> None:
    with pytest.raises(RuleBroken) as refusal:
        read_target(url)
    assert refusal.value.code == code
    assert refusal.value.message % refusal.value.params


@pytest.mark.parametrize(
    ("url", "spelled"),
    [
        ("https://Example.COM", "https://example.com/"),
        ("HTTPS://example.com:443/hooks?a=1#part", "https://example.com/hooks?a=1"),
        ("https://example.com.?x", "https://example.com/?x"),
        ("https://müller.example/haken", "https://xn--mller-kva.example/haken"),
        ("https://[2606:4700::6810:84E5]/x", "https://[2606:4700::6810:84e5]/x"),
    ],
)
def test_an_address_has_one_spelling(url: str, spelled: str) -> None:
    target = read_target(url)
    assert target.url == spelled
    assert read_target(spelled) == target


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8130/x", "http://localhost/", "https://nas:8443/", "http://[::1]:80/"]
)
def test_private_targets_may_have_any_port_and_no_encryption_where_allowed(url: str) -> None:
    read_target(url, allow_private=True)
    with pytest.raises(RuleBroken):
        read_target(url)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_a_refusal(text: str) -> None:
    for url in (text, f"https://{text}", f"https://example.com{text}"):
        try:
            target = read_target(url)
        except RuleBroken:
            continue
        assert target.port == 443
        assert target.url.isascii()
