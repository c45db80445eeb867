"""A text binds this house only once both parties' confirmed keys stand in it and both signed those very bytes."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from comity.acts import agreements, contacts
from comity.agreement import signed, text
from comity.agreement.instrument import Agreement, PartyKey
from comity.agreement.life import State
from comity.core import dsse
from comity.core.errors import Absent, Malformed, Refused
from comity.store.agreement import names
from tests.joined import DANA, KEN, Pair, example, sign
from tests.keys import signer


def countersigned(pair: Pair) -> bytes:
    return agreements.countersign(pair.jp, agreements.sign(pair.il, example(), DANA), KEN)


def with_keys(pair: Pair, **keys: PartyKey) -> Agreement:
    """The example with both parties' keys, some of them exchanged."""
    bound = {entry.party: entry for entry in agreements.with_our_key(pair.il, example()).keys} | keys
    return replace(example(), keys=tuple(bound[party] for party in sorted(bound)))


def by_both(pair: Pair, agreement: Agreement) -> bytes:
    """Signed by both vaults without asking any act: what a forger who holds one could bring at most."""
    return dsse.seal(signed.PAYLOAD_TYPE, text.canonical(agreement), [pair.il.vault, pair.jp.vault])


def test_signed_by_both_and_imported_it_is_in_force(strangers: Pair) -> None:
    both = sign(strangers)
    for node in (strangers.il, strangers.jp):
        held, status = agreements.status(node, strangers.agreement)
        assert (held.version, status.state) == (1, State.IN_FORCE)
        assert agreements.signed_bytes(node, strangers.agreement) == both
        assert agreements.agreement_ids(node) == [strangers.agreement]


def test_without_an_agreement_there_is_none(strangers: Pair) -> None:
    with pytest.raises(Absent, match="no signed agreement"):
        agreements.held(strangers.il, strangers.agreement)
    assert agreements.held_or_none(strangers.il, strangers.agreement) is None


def test_a_key_that_nobody_confirmed_is_not_signed(strangers: Pair) -> None:
    parties = tuple(replace(party, id="XX") if party.id == "JP" else party for party in example().parties)
    with pytest.raises(Refused, match="never confirmed"):
        agreements.sign(strangers.il, replace(example(), parties=parties), DANA)


def test_a_text_between_others_is_not_signed(strangers: Pair) -> None:
    parties = tuple(replace(party, id="XX") if party.id == "IL" else party for party in example().parties)
    with pytest.raises(Refused, match="IL is not a party"):
        agreements.sign(strangers.il, replace(example(), parties=parties), DANA)


def test_a_draft_with_an_error_is_not_signed(strangers: Pair) -> None:
    """`check` faults an agreement that has no annex: nothing could ever pass."""
    bare = replace(example(), terms=tuple(term for term in example().terms if term.rule != "comity-annex"))
    with pytest.raises(Refused, match="cannot be signed yet"):
        agreements.sign(strangers.il, bare, DANA)


Wrong = Callable[[Pair], bytes]


def other_key_for_us(pair: Pair) -> bytes:
    ours = PartyKey("JP", signer("not ours").public, pair.jp.vault.hpke_public)
    return dsse.seal(signed.PAYLOAD_TYPE, text.canonical(with_keys(pair, JP=ours)), [pair.il.vault])


def strange_key_for_them(pair: Pair) -> bytes:
    theirs = PartyKey("IL", signer("stranger").public, pair.il.vault.hpke_public)
    return dsse.seal(signed.PAYLOAD_TYPE, text.canonical(with_keys(pair, IL=theirs)), [signer("stranger")])


def other_hpke_key_for_them(pair: Pair) -> bytes:
    theirs = PartyKey("IL", pair.il.vault.public, pair.jp.vault.hpke_public)
    return dsse.seal(signed.PAYLOAD_TYPE, text.canonical(with_keys(pair, IL=theirs)), [pair.il.vault])


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (other_key_for_us, "names another key for us"),
        (strange_key_for_them, "nobody here confirmed"),
        (other_hpke_key_for_them, "nobody here confirmed"),
    ],
)
def test_a_text_with_other_keys_is_not_countersigned(strangers: Pair, wrong: Wrong, says: str) -> None:
    with pytest.raises(Refused, match=says):
        agreements.countersign(strangers.jp, wrong(strangers), KEN)


def test_nobody_countersigns_twice(strangers: Pair) -> None:
    with pytest.raises(Refused, match="already signed"):
        agreements.countersign(strangers.jp, countersigned(strangers), KEN)


def once(pair: Pair) -> bytes:
    return agreements.sign(pair.il, example(), DANA)


def stripped(pair: Pair) -> bytes:
    sealed = dsse.parse(countersigned(pair))
    halves = {kid: dict(both) for kid, both in sealed.signatures.items()}
    del halves[pair.jp.vault.public.kid]["ml-dsa-65"]
    return dsse.write(sealed.payload_type, sealed.payload, halves)


def strangers_signature(pair: Pair) -> bytes:
    return dsse.seal(signed.PAYLOAD_TYPE, dsse.parse(countersigned(pair)).payload, [pair.il.vault, signer("stranger")])


def changed(pair: Pair) -> bytes:
    value = json.loads(countersigned(pair))
    payload = base64.b64decode(value["payload"]).replace(b"The parties may exchange", b"The parties must exchange")
    return json.dumps(value | {"payload": base64.b64encode(payload).decode()}).encode()


def keys_of_others(pair: Pair) -> bytes:
    theirs = PartyKey("JP", signer("stranger").public, pair.jp.vault.hpke_public)
    agreement = with_keys(pair, JP=theirs)
    return dsse.seal(signed.PAYLOAD_TYPE, text.canonical(agreement), [pair.il.vault, signer("stranger")])


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (once, "lacks the signature of JP"),
        (stripped, "stripped of its ml-dsa-65 half"),
        (strangers_signature, "not JP's|binds to nobody"),
        (changed, "does not fit"),
        (keys_of_others, "nobody here confirmed"),
    ],
)
def test_a_text_that_both_did_not_sign_is_not_imported(strangers: Pair, wrong: Wrong, says: str) -> None:
    with pytest.raises((Refused, Malformed), match=says):
        agreements.bring_in(strangers.il, wrong(strangers), DANA)
    assert agreements.agreement_ids(strangers.il) == []
    assert names(strangers.folder / "IL") == []


def test_importing_again_changes_nothing(pair: Pair) -> None:
    with pair.il.house.reader() as house:
        before = house.log_size()
    agreements.bring_in(pair.il, agreements.signed_bytes(pair.jp, pair.agreement), DANA)
    with pair.il.house.reader() as house:
        assert house.log_size() == before


def test_a_second_text_of_one_version_is_refused(pair: Pair) -> None:
    """Even one that both signed: what binds is never exchanged in silence."""
    other = replace(with_keys(pair), source="fictional, and changed")
    with pytest.raises(Refused, match="already held with another text"):
        agreements.bring_in(pair.il, by_both(pair, other), DANA)
    assert agreements.held(pair.il, pair.agreement).newest.source != other.source


def test_the_next_version_is_held_beside_the_first(pair: Pair) -> None:
    second = replace(with_keys(pair), version=2)
    agreements.bring_in(pair.il, by_both(pair, second), DANA)
    held = agreements.held(pair.il, pair.agreement)
    assert sorted(ref.version for ref in held.versions) == [1, 2]
    assert held.newest.version == 2


def test_a_version_cannot_be_left_out(pair: Pair) -> None:
    with pytest.raises(Refused, match="does not follow"):
        agreements.bring_in(pair.il, by_both(pair, replace(with_keys(pair), version=3)), DANA)


def test_every_signing_is_in_the_house_log_by_name(strangers: Pair) -> None:
    sign(strangers)
    logs = []
    for node in (strangers.il, strangers.jp):
        with node.house.reader() as house:
            logs.append([(entry.entry["act"], entry.by) for entry in house.log_after(0, 100)])
    assert ("agreement-signed", DANA.id) in logs[0]
    assert ("agreement-countersigned", KEN.id) in logs[1]


def test_what_stands_in_the_house_is_verified_when_it_is_read(strangers: Pair) -> None:
    """A confirmed card alone makes nobody a party: the house has no agreement with it."""
    assert contacts.confirmed(strangers.il)
    with pytest.raises(Absent):
        agreements.signed_bytes(strangers.il, strangers.agreement)
