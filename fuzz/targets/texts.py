"""The texts that all formats are made of: JSON, YAML, instants, durations, names, labels, keys, certificates."""

from comity.agreement import calendars, duration, span
from comity.core import certificate, ids, instants, keys, strictjson, yamltext
from comity.core.errors import ComityError, Malformed
from comity.exchange import sealing
from comity.labels import equivalence
from comity.labels.label import Label, OriginLabel, Pap, Tlp
from comity.labels.profile import parse as parse_profile
from comity.release import sought, waiver
from fuzz.target import same

LARGEST = 2**53


def json(raw: bytes) -> None:
    value = strictjson.parse(raw)
    if _plain(value):
        same(value, strictjson.canonical, strictjson.parse)
        written = strictjson.canonical(value)
        assert strictjson.canonical(strictjson.parse(written)) == written


def yaml(raw: bytes) -> None:
    value = yamltext.parse(raw)
    same(value, strictjson.canonical, strictjson.parse)


def _base64(text: str) -> bytes:
    return keys.from_base64(text, "it")


def words(raw: bytes) -> None:
    """One line: an instant, a duration, a handle, a level of TLP or PAP, base64, what is let go of, a level."""
    text = raw.decode("utf-8", "replace")
    equivalence.fold(text)
    calendars.is_day(text)
    assert sought.meets(text, text)
    assert (
        sought.thing(text).network is not None
        or not sought.thing(text).whole
        or sought.asked(text) <= sought.terms(text)
    )
    readers = (
        span.parse,
        instants.parse,
        duration.parse,
        ids.parse_handle,
        Tlp.of,
        Pap.of,
        _base64,
        waiver.read,
    )
    faults: list[ComityError] = []
    for read in readers:
        try:
            value = read(text)
        except Malformed as error:
            faults.append(error)
            continue
        if read is instants.parse:
            assert instants.parse(instants.text(value)) == value  # type: ignore[arg-type]  # chosen by `read`
    if len(faults) == len(readers):
        raise faults[len(text) % len(faults)]


def label(raw: bytes) -> None:
    value = strictjson.parse(raw)
    if isinstance(value, dict):
        one = OriginLabel.from_json(value)
        assert OriginLabel.from_json(one.as_json()) == one
        return
    found = Label.from_json(value)
    same(found, lambda one: strictjson.canonical(one.as_json()), lambda again: Label.from_json(strictjson.parse(again)))


def profile(raw: bytes) -> None:
    parse_profile(raw, "IL")


def read_key(raw: bytes) -> keys.PublicKey:
    return keys.PublicKey.from_json(strictjson.parse(raw))


def key(raw: bytes) -> None:
    found = read_key(raw)
    assert not found.check(keys.ED25519, raw, bytes(64)), "a signature of nothing"
    assert not found.check(keys.ML_DSA_65, raw, bytes(3309)), "a signature of nothing"
    same(
        found,
        lambda one: strictjson.canonical(one.as_json()),
        lambda raw: keys.PublicKey.from_json(strictjson.parse(raw)),
    )


def hpke(raw: bytes) -> None:
    sealing.check_public(raw, "the key")


def der(raw: bytes) -> None:
    """A TLS certificate as a partner shows it, and as a card brings it."""
    certificate.read.cache_clear()
    certificate.read(raw)
    certificate.check_authority(raw, "the authority")


def _plain(value: object) -> bool:
    """Whether RFC 8785 has a spelling for it that means the same: whole numbers beyond 2^53 have none."""
    if isinstance(value, dict):
        return all(map(_plain, value.values()))
    if isinstance(value, list):
        return all(map(_plain, value))
    if type(value) is float and LARGEST <= abs(value) < 1e21:
        return False
    return type(value) is not int or -LARGEST < value < LARGEST


CHECKS = {
    "json": json,
    "yaml": yaml,
    "words": words,
    "label": label,
    "profile": profile,
    "key": key,
    "hpke": hpke,
    "certificate": der,
}
