"""Law 8: verified first, then parsed, on the very bytes received; what was signed travels and is kept untouched."""

import base64
import json

import pytest

from comity.acts import accept, agreements, follow, intake
from comity.core import dsse
from comity.core.errors import Malformed, Refused
from comity.exchange import envelope
from comity.exchange.body import Items
from tests.acts.crossing import Forge, outbox
from tests.acts.things import stix, take
from tests.joined import DANA, Pair


def test_the_signature_is_checked_before_anything_is_read(pair: Pair) -> None:
    """A payload that no parser would take, badly signed, is refused for its signature, not for its text."""
    raw = dsse.write(envelope.PAYLOAD_TYPE, b"{" * 5000, dsse.parse(good(pair)).signatures)
    with pytest.raises(Refused, match="does not fit"):
        accept.accept(pair.il, raw)


def test_another_spelling_of_a_signed_text_is_not_the_signed_text(pair: Pair) -> None:
    value = json.loads(good(pair))
    payload = json.loads(base64.b64decode(value["payload"]))
    spelt = base64.b64encode(json.dumps(payload).encode()).decode()
    with pytest.raises(Refused):
        accept.accept(pair.il, json.dumps(value | {"payload": spelt}, separators=(",", ":"), sort_keys=True).encode())
    with pytest.raises(Malformed):
        accept.accept(pair.il, json.dumps(value, indent=1).encode())


def test_a_signature_for_one_kind_of_text_is_not_one_for_another(pair: Pair) -> None:
    sealed = dsse.parse(good(pair))
    raw = dsse.write("application/vnd.comity.receipt+json", sealed.payload, sealed.signatures)
    with pytest.raises((Refused, Malformed)):
        accept.accept(pair.il, raw)


def test_what_the_origin_signed_is_kept_as_it_came(pair: Pair) -> None:
    """Statement, item, envelope and agreement: the bytes in the house are the bytes that were signed."""
    forge = Forge(pair)
    odd = json.dumps(stix("malware", "one"), indent=2).encode()
    body = forge.items(("cyber.stix/1", odd))
    raw = forge.send(body)
    accept.accept(pair.il, raw)
    assert isinstance(body, Items)
    with pair.il.house.reader() as house, pair.il.agreements(pair.agreement).reader() as reader:
        [kept] = house.by_ext_id(stix("malware", "one")["id"])
        assert house.body(kept.bid) == odd
        assert kept.sid is not None
        assert house.statement(kept.sid) == body.statements[0]
        [came] = reader.all_incoming()
        assert came.raw == raw
    assert agreements.signed_bytes(pair.il, pair.agreement) == agreements.signed_bytes(pair.jp, pair.agreement)


def test_an_untouched_thing_goes_as_it_came(pair: Pair) -> None:
    odd = json.dumps(stix("malware", "one"), indent=3).encode()
    whole = b'{"type":"bundle","id":"bundle--8b5f6d1e-0000-4000-8000-000000000001","objects":[' + odd + b"]}"
    intake.take(pair.il, whole, "own-cyber", DANA)
    pair.settle()
    with pair.jp.house.reader() as house:
        [kept] = house.by_ext_id(stix("malware", "one")["id"])
        assert house.body(kept.bid) == odd


def good(pair: Pair) -> bytes:
    take(pair.jp, stix("malware", "one"))
    follow.follow(pair.jp, pair.agreement)
    return outbox(pair.jp, pair.agreement)[0].raw
