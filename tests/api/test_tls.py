"""A connection is let in when its certificate holds now and its pin is a confirmed partner's; signatures count, too."""

import shutil
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from comity.acts import agreements, callers, contacts, deliver, follow, pull
from comity.acts.deliver import PATH
from comity.acts.node import Node
from comity.core.errors import Malformed, Refused, Unreachable
from comity.records import OutboxRow
from comity.vault import certificates
from tests.acts.things import stix, take
from tests.api.served import (
    Served,
    a_pull,
    bound,
    capitals,
    files_of,
    is_well,
    post,
    served,
    shows,
    status,
    third,
    wired,
)
from tests.joined import AGREEMENT, DANA, KEN, NOW, Pair, example, introduce, opened, release, sign

IL, JP = "IL", "JP"


def agree(pair: Pair) -> None:
    introduce(pair.il, pair.jp)
    introduce(pair.jp, pair.il)
    sign(pair)
    release(pair.il, "standing-il", ("cyber.*",))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once: both capitals with certificates, and an agreement that binds them."""
    folder = tmp_path_factory.mktemp("tls")
    with capitals(folder, agree):
        return folder


@pytest.fixture
def pair(made: Path, tmp_path: Path) -> Iterator[Pair]:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    with opened(tmp_path) as pair:
        yield pair


@pytest.fixture
def jp(pair: Pair) -> Iterator[Served]:
    """Japan's listener, with mutual TLS."""
    with served(pair.jp, files=files_of(pair.folder / JP)) as at:
        yield at


def an_envelope(pair: Pair) -> bytes:
    """What Israel has queued for Japan."""
    take(pair.il, stix("malware", "wiper"))
    follow.follow(pair.il, AGREEMENT)
    return queued(pair).raw


def queued(pair: Pair) -> OutboxRow:
    with pair.il.agreements(AGREEMENT).reader() as reader:
        (row,) = reader.all_outgoing()
    return row


def well(jp: Served, pair: Pair) -> bool:
    return is_well(jp, pair.il, shows(pair.folder / IL))


def test_an_envelope_goes_over_and_its_receipt_comes_back(pair: Pair, jp: Served) -> None:
    an_envelope(pair)
    assert deliver.deliver_due(wired(pair.il, pair.folder / IL, jp.place, JP), AGREEMENT).settled == 1
    assert queued(pair).receipt is not None


def test_the_agreement_binds_the_pins_of_both(pair: Pair) -> None:
    pins = bound(agreements.held(pair.il, AGREEMENT).newest)
    assert pins == {IL: contacts.own_pins(pair.il), JP: contacts.own_pins(pair.jp)}
    assert callers.pinned(pair.jp)[IL].bound_by == (AGREEMENT,)
    assert callers.by_pin(pair.jp) == {contacts.own_pins(pair.il)[0]: IL}


def test_a_caller_without_a_certificate_is_not_let_in(pair: Pair, jp: Served) -> None:
    assert jp.say(post(pull.PULL, a_pull(pair.il, JP)), shows(None)) == b""
    assert well(jp, pair)


def test_a_strangers_certificate_is_not_let_in(pair: Pair, jp: Served, tmp_path: Path) -> None:
    with third(tmp_path / "XX", "XX", pair.clock) as stranger:
        assert jp.say(post(pull.PULL, a_pull(pair.il, JP)), shows(tmp_path / "XX")) == b""
        assert jp.say(post(pull.PULL, a_pull(stranger, JP)), shows(tmp_path / "XX")) == b""
    assert well(jp, pair)


def test_another_key_of_the_partners_own_authority_is_told_that_nobody_named_it(pair: Pair, jp: Served) -> None:
    before = pair.folder / "before"
    shutil.copytree(pair.folder / IL / "tls", before / "tls")
    certificates.renew(pair.folder / IL / "tls", IL, NOW, new_key=True)
    answer = jp.say(post(pull.PULL, a_pull(pair.il, JP)), shows(pair.folder / IL))
    assert status(answer) == 403
    assert b"not one that a partner's card or agreement names" in answer
    assert is_well(jp, pair.il, shows(before))


def test_a_renewed_certificate_of_the_same_key_is_let_in(pair: Pair, jp: Served) -> None:
    before = files_of(pair.folder / IL)[0].read_bytes()
    certificates.renew(pair.folder / IL / "tls", IL, NOW + timedelta(days=200), new_key=False)
    assert files_of(pair.folder / IL)[0].read_bytes() != before
    pair.clock.forward(days=400)
    assert well(jp, pair)


@pytest.mark.parametrize("days", [366, -1])
def test_a_certificate_that_does_not_hold_now_is_refused_in_a_sentence(pair: Pair, jp: Served, days: int) -> None:
    pair.clock.forward(days=days)
    answer = jp.say(post(pull.PULL, a_pull(pair.il, JP)), shows(pair.folder / IL))
    assert status(answer) == 403
    assert (b"the certificate of IL expired on" if days > 0 else b"is not valid before") in answer
    pair.clock.forward(days=-days)
    assert well(jp, pair)


def test_a_certificate_that_expires_ends_the_connection_it_came_over(pair: Pair, jp: Served) -> None:
    raw = post(pull.PULL, a_pull(pair.il, JP)).replace(b"Connection: close\r\n", b"")
    with jp.connect(shows(pair.folder / IL)) as line:
        line.sendall(raw)
        assert status(line.recv(65536)) == 200
        pair.clock.forward(days=366)
        line.sendall(post(pull.PULL, a_pull(pair.il, JP)))
        assert status(line.recv(65536)) == 403


def test_an_older_protocol_is_refused(pair: Pair, jp: Served) -> None:
    with pytest.raises(ssl.SSLError):
        jp.connect(shows(pair.folder / IL, most=ssl.TLSVersion.TLSv1_2))
    assert well(jp, pair)


def test_a_right_certificate_does_not_make_a_wrong_signature_good(pair: Pair, jp: Served, tmp_path: Path) -> None:
    with third(tmp_path / "XX", "XX", pair.clock) as stranger:
        forged = replace(pair.il, vault=stranger.vault)
        answer = jp.say(post(pull.PULL, a_pull(forged, JP)), shows(pair.folder / IL))
    assert status(answer) == 403
    altered = an_envelope(pair).replace(b'"sig":"', b'"sig":"AAAA', 1)
    assert status(jp.say(post(PATH, altered), shows(pair.folder / IL))) in (400, 403)
    assert well(jp, pair)


def test_a_right_signature_over_another_partners_certificate_is_refused(pair: Pair, jp: Served, tmp_path: Path) -> None:
    envelope = an_envelope(pair)
    with third(tmp_path / "XX", "XX", pair.clock) as other:
        introduce(pair.jp, other)
        assert jp.callers is not None
        jp.callers.refresh()
        for path, raw in ((PATH, envelope), (pull.PULL, a_pull(pair.il, JP))):
            answer = jp.say(post(path, raw), shows(tmp_path / "XX"))
            assert status(answer) == 403
            assert b"came over a connection of" in answer
    assert status(jp.say(post(PATH, envelope), shows(pair.folder / IL))) == 200


def test_a_partner_confirmed_while_the_node_runs_is_let_in(pair: Pair, jp: Served, tmp_path: Path) -> None:
    with third(tmp_path / "XX", "XX", pair.clock) as other:
        introduce(pair.jp, other)
        assert jp.callers is not None
        jp.callers.refresh()
        answer = jp.say(post(pull.PULL, a_pull(other, JP)), shows(tmp_path / "XX"))
    assert status(answer) == 404, "known, and without an agreement"


def test_our_own_renewed_certificate_is_shown_without_a_new_start(pair: Pair, jp: Served) -> None:
    def seen() -> bytes | None:
        with jp.connect(shows(pair.folder / IL)) as line:
            assert isinstance(line, ssl.SSLSocket)
            return line.getpeercert(binary_form=True)

    before = seen()
    certificates.renew(pair.folder / JP / "tls", JP, NOW, new_key=False)
    assert jp.callers is not None
    jp.callers.refresh()
    assert seen() != before
    assert well(jp, pair)


# -- the other side: what our own client checks ---------------------------------------------------------------------


def sent_to(pair: Pair, jp: Served) -> Callable[[], object]:
    node = wired(pair.il, pair.folder / IL, jp.place, JP)
    return lambda: node.wire.post(jp.place + PATH, b"nothing", max_bytes=1024)


def test_our_client_needs_no_public_authority_and_tells_the_partners_words(pair: Pair, jp: Served) -> None:
    node = wired(pair.il, pair.folder / IL, jp.place, JP)
    assert node.wire.post(jp.place + pull.PULL, a_pull(pair.il, JP), max_bytes=1024) == b""
    with pytest.raises(Malformed, match="could not read what we sent"):
        sent_to(pair, jp)()


def test_our_client_sends_nothing_to_a_key_that_nobody_named(pair: Pair, tmp_path: Path) -> None:
    shutil.copytree(pair.folder / JP / "tls", tmp_path / "other" / "tls")
    certificates.renew(tmp_path / "other" / "tls", JP, NOW, new_key=True)
    with served(pair.jp, files=files_of(tmp_path / "other")) as elsewhere:
        with pytest.raises(Unreachable, match="a TLS key that neither its card nor the agreement names"):
            sent_to(pair, elsewhere)()
        assert is_well(elsewhere, pair.il, shows(pair.folder / IL))


@pytest.mark.parametrize(("days", "says"), [(366, "expired on"), (-1, "not valid before")])
def test_our_client_sends_nothing_under_a_certificate_that_does_not_hold(pair: Pair, days: int, says: str) -> None:
    with served(pair.jp, files=files_of(pair.folder / JP)) as jp:
        pair.clock.forward(days=days)
        with pytest.raises(Unreachable, match=f"did not prove who it is: the certificate of the partner.* {says}"):
            sent_to(pair, jp)()


def test_our_client_says_when_its_own_certificate_is_not_let_in(pair: Pair, jp: Served, tmp_path: Path) -> None:
    with third(tmp_path / "XX", "XX", pair.clock) as stranger:
        introduce(stranger, pair.jp)
        with pytest.raises(Unreachable):
            wired(stranger, tmp_path / "XX", jp.place, JP).wire.post(jp.place + PATH, b"", max_bytes=1)
    assert well(jp, pair)


# -- cards and texts ------------------------------------------------------------------------------------------------


def test_a_card_that_shows_anothers_key_is_not_confirmed(pair: Pair, tmp_path: Path) -> None:
    with third(tmp_path / "XX", "XX", pair.clock) as thief, pytest.raises(Refused, match="TLS key that is another's"):
        introduce(pair.jp, replace(thief, certificate=pair.il.certificate))


def bare(node: Node) -> Node:
    """`node` as it was before it had a certificate."""
    return replace(node, certificate=None, authorities=())


def test_where_the_text_binds_no_key_a_new_card_is_enough(tmp_path: Path) -> None:
    def before_certificates(pair: Pair) -> None:
        il, jp = bare(pair.il), bare(pair.jp)
        introduce(il, jp)
        introduce(jp, il)
        sign(replace(pair, il=il, jp=jp))

    with capitals(tmp_path, before_certificates) as pair:
        assert set(bound(agreements.held(pair.jp, AGREEMENT).newest).values()) == {()}
        assert callers.by_pin(pair.jp) == {}
        introduce(pair.jp, pair.il)
        assert callers.pinned(pair.jp)[IL].bound_by == ()
        with served(pair.jp, files=files_of(tmp_path / JP)) as jp:
            assert well(jp, pair)


def test_a_new_card_does_not_widen_what_the_text_binds(pair: Pair, jp: Served) -> None:
    certificates.renew(pair.folder / IL / "tls", IL, NOW, new_key=True)
    newer = replace(pair.il, certificate=certificates.read(files_of(pair.folder / IL)[0]))
    introduce(pair.jp, newer)
    assert contacts.confirmed(pair.jp)[IL].tls == contacts.own_pins(newer) != contacts.own_pins(pair.il)
    assert jp.callers is not None
    jp.callers.refresh()
    assert status(jp.say(post(pull.PULL, a_pull(pair.il, JP)), shows(pair.folder / IL))) == 403


def test_a_text_that_binds_another_key_than_was_confirmed_is_not_signed(tmp_path: Path) -> None:
    def introduced(pair: Pair) -> None:
        introduce(pair.il, pair.jp)
        introduce(pair.jp, pair.il)

    with capitals(tmp_path, introduced) as pair:
        raw = agreements.sign(pair.il, example(), DANA)
        with pytest.raises(Refused, match="names another TLS key for us"):
            agreements.countersign(bare(pair.jp), raw, KEN)
        certificates.renew(tmp_path / IL / "tls", IL, NOW, new_key=True)
        newer = replace(pair.il, certificate=certificates.read(files_of(tmp_path / IL)[0]))
        with pytest.raises(Refused, match="a key for IL that nobody here confirmed"):
            agreements.countersign(pair.jp, agreements.sign(newer, example(), DANA), KEN)
