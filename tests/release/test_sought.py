"""What was observed is found by whoever asks for it, however it is written, and by whoever asks for what it lies in."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core.errors import Malformed
from comity.release.sought import asked, meets, terms, thing

SAME = [
    ("198.51.100[.]7", "198.51.100.7"),
    ("198.51.100.7/32", "198.51.100.7"),
    ("2001:DB8::1", "2001:0db8:0:0:0:0:0:1"),
    ("hxxps://Login.Example[.]com:443", "https://login.example.com/"),
    ("hXXp[://]example.com/a?b=C", "http://example.com/a?b=C"),
    ("Münch[.]example.com", "xn--mnch-0ra.example.com"),
    ("例え.example", "xn--r8jz45g.example"),
    ("evil (dot) example (dot) net", "evil.example.net"),
    ("Dana[at]Example.com", "dana@example.com"),
    ("D41D8CD98F00B204E9800998ECF8427E", "d41d8cd98f00b204e9800998ecf8427e"),
    ("Emotet", "EMOTET"),
    ("CVE-2021-44228", "cve-2021-44228"),
    ("example.com.", "example.com"),
]
FOUND = [
    ("198.51.100.0/24", "198.51.100.7"),
    ("198.51.0.0/17", "198.51.100.7"),
    ("198.51.100.7", "198.51.100.0/24"),
    ("198.51.100.7", "198.48.0.0/12"),
    ("198.51.100.7", "192.0.0.0/3"),
    ("198.51.100.0/25", "198.51.0.0/16"),
    ("2001:db8::/33", "2001:db8::1"),
    ("example.com", "login.example.com"),
    ("example.com", "https://a.b.example.com/x"),
    ("example.com", "dana@mail.example.com"),
    ("a.b.c.d.e.f.g.h.example.com", "x.a.b.c.d.e.f.g.h.example.com"),
    ("198.51.100.7", "http://198.51.100.7/x"),
]
APART = [
    ("198.51.100.0/25", "198.51.100.200"),
    ("198.51.100.7", "198.51.100.8"),
    ("example.com", "badexample.com"),
    ("login.example.com", "example.com"),
    ("http://example.com/a", "http://example.com/b"),
    ("dana@example.com", "ken@example.com"),
    ("1.2.3.4", "2001:db8::1"),
]


@pytest.mark.parametrize(("wanted", "observed"), [*SAME, *FOUND])
def test_what_lies_there_is_found(wanted: str, observed: str) -> None:
    assert asked(wanted) & terms(observed)
    assert meets(wanted, observed)


@pytest.mark.parametrize(("wanted", "observed"), SAME)
def test_two_spellings_are_one(wanted: str, observed: str) -> None:
    assert thing(wanted) == thing(observed)


@pytest.mark.parametrize(("wanted", "observed"), APART)
def test_what_lies_elsewhere_is_not(wanted: str, observed: str) -> None:
    assert not meets(wanted, observed)


@pytest.mark.parametrize("wanted", ["", "  ", "0.0.0.0/0", "10.0.0.0/7", "2000::/3"])
def test_what_would_find_everything_is_not_looked_for(wanted: str) -> None:
    with pytest.raises(Malformed):
        asked(wanted)


@st.composite
def networks(draw: st.DrawFn) -> str:
    bits = draw(st.sampled_from((32, 128)))
    number, length = draw(st.integers(0, (1 << bits) - 1)), draw(st.integers(8 if bits == 32 else 16, bits))
    address = ipaddress.IPv4Address(number) if bits == 32 else ipaddress.IPv6Address(number)
    return str(ipaddress.ip_network(f"{address}/{length}", strict=False))


@given(wanted=networks(), observed=networks(), inside=st.booleans(), data=st.data())
def test_whatever_meets_is_found_by_its_terms(wanted: str, observed: str, inside: bool, data: st.DataObject) -> None:
    if inside:
        outer = ipaddress.ip_network(wanted)
        start = int(outer.network_address) + data.draw(st.integers(0, outer.num_addresses - 1))
        length = data.draw(st.integers(outer.prefixlen, outer.max_prefixlen))
        kind = ipaddress.IPv4Address if outer.version == 4 else ipaddress.IPv6Address
        observed = str(ipaddress.ip_network(f"{kind(start)}/{length}", strict=False))
    for one, other in ((wanted, observed), (observed, wanted)):
        if meets(one, other):
            assert asked(one) & terms(other)


@given(st.text(max_size=300))
def test_any_text_can_be_observed_and_is_found_again(text: str) -> None:
    assert meets(text, text)
    if thing(text).whole and thing(text).network is None:
        assert asked(text) <= terms(text)
