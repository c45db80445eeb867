"""What a partner gave goes to another only by its signed consent, asked for under the text by which it came."""

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from comity.acts import (
    agreements,
    consenting,
    deliver,
    duties,
    explaining,
    follow,
    intake,
    notifying,
    returning,
    standing,
)
from comity.acts.consenting import Giver
from comity.acts.node import Node
from comity.agreement import text
from comity.core.errors import Absent, Malformed, Refused
from comity.labels.label import Tlp
from comity.records import Record, ReleaseRow
from comity.release import consent_case
from comity.release.consent import Ending, Form, Grant, Scope, Things
from comity.wiring import check_node, open_node
from tests.acts.crossing import records
from tests.acts.things import bundle, stix, take
from tests.acts.things import record as record_of
from tests.joined import (
    DANA,
    EXAMPLES,
    KEN,
    NOW,
    PLACE,
    Cable,
    Pair,
    introduce,
    make,
    opened,
    pair_in,
    standing_release,
)

pytestmark = pytest.mark.slow
ONWARD = "IL-XX-FICTION"
WANTED = Scope("onward-release", "XX", "cyber-defence", handle="0" * 32)


@dataclass
class Trio:
    """Japan gives to Israel, and Israel has a second agreement, with a third state (fictional)."""

    pair: Pair

    @property
    def il(self) -> Node:
        return self.pair.il

    @property
    def jp(self) -> Node:
        return self.pair.jp

    def settle(self) -> None:
        self.pair.settle()
        follow.follow(self.il, ONWARD)

    def gone(self) -> list[str]:
        """What of Japan's went on to the third state, by external id."""
        with self.il.agreements(ONWARD).reader() as reader:
            return [row.ext_id for row in reader.releases("XX", 0, 100)]

    def given(self, name: str = "one") -> Record:
        """A thing that Japan released to Israel, as Israel holds it."""
        take(self.jp, stix("malware", name, Tlp.GREEN))
        self.settle()
        return next(one for one in records(self.il, "JP") if one.ext_id == stix("malware", name)["id"])


@cache
def _made() -> Path:
    """Three nodes and two agreements, made once: each test has a copy."""
    folder = Path(tempfile.mkdtemp(prefix="comity-trio-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with pair_in(folder) as pair:
        make(folder / "XX", "XX")
        with open_node(folder / "XX") as node:
            xx = replace(node, clock=pair.clock)
            introduce(pair.il, xx)
            introduce(xx, pair.il)
            raw = (EXAMPLES / "israel-japan" / "agreement.yaml").read_text().replace("JP", "XX")
            both = agreements.countersign(xx, agreements.sign(pair.il, text.from_yaml(raw.encode()), DANA), KEN)
            agreements.bring_in(pair.il, both, DANA)
            leave = replace(standing_release(pair.il, "onward", ("cyber.*",)), agreement=ONWARD)
            standing.sign(pair.il, replace(leave, to=frozenset({"XX-registry"})), DANA)
    return folder


@pytest.fixture
def trio(tmp_path: Path) -> Iterator[Trio]:
    shutil.copytree(_made(), tmp_path, dirs_exist_ok=True)
    with opened(tmp_path) as pair:
        yield Trio(pair)


def ask(trio: Trio, record: Record, scope: Scope = WANTED) -> str:
    [request] = consenting.ask(trio.il, record.rid, scope, DANA, None, "they are under attack")
    trio.settle()
    return request


def grant(trio: Trio, request: str, **changes: object) -> str:
    plain = consenting.terms_of(trio.jp, NOW + timedelta(days=7), None, Form.WRITTEN, ())
    consent = consenting.grant(trio.jp, request, KEN, replace(plain, **changes))  # type: ignore[arg-type]  # a row of any member
    trio.settle()
    return consent


def state(node: Node, request: str) -> str:
    return consenting.one_case(node, request).state


def test_what_a_partner_gave_stays_until_it_consents(trio: Trio) -> None:
    record = trio.given()
    assert trio.gone() == []
    told = explaining.explain(trio.il, record.rid, "XX")
    assert (told.outcome, told.consent_from) == ("needs-consent", ("JP",))
    assert record.handle is not None
    assert consenting.givers(trio.il, record) == (Giver("JP", trio.pair.agreement, record.handle, False),)


def test_asked_for_and_granted_it_goes(trio: Trio) -> None:
    record = trio.given()
    request = ask(trio, record)
    assert state(trio.jp, request) == state(trio.il, request) == "asked"
    shown = consenting.show(trio.jp, request)
    assert shown.record is not None
    assert shown.record.source == "own-cyber"
    assert "6(1)" in {term.article for term in shown.articles}
    consent = grant(trio, request)
    assert trio.gone() == [record.ext_id]
    assert state(trio.jp, request) == state(trio.il, request) == "granted"
    rows: list[tuple[str, ReleaseRow]] = list(consenting.show(trio.il, consent).releases)
    assert [(agreement, row.ext_id) for agreement, row in rows] == [(ONWARD, record.ext_id)]


def test_a_consent_opens_only_the_thing_it_was_asked_for(trio: Trio) -> None:
    first, second = trio.given("one"), trio.given("two")
    grant(trio, ask(trio, first))
    assert trio.gone() == [first.ext_id]
    assert second.ext_id not in trio.gone()


@pytest.mark.parametrize(
    "other", [{"purpose": "threat-assessment"}, {"to": "DE"}, {"organisation": "XX-navy"}, {"act": "copy"}]
)
def test_a_consent_to_something_else_opens_nothing(trio: Trio, other: dict[str, str]) -> None:
    grant(trio, ask(trio, trio.given(), replace(WANTED, **other)))  # type: ignore[arg-type]  # a row of texts
    assert trio.gone() == []


def test_refused_it_stays_and_the_asker_learns_it(trio: Trio) -> None:
    request = ask(trio, trio.given())
    consenting.refuse(trio.jp, request, KEN, "the source could be known by it")
    trio.settle()
    case = consenting.one_case(trio.il, request)
    assert (case.state, case.reason) == ("refused", "the source could be known by it")
    assert trio.gone() == []


def seen(trio: Trio) -> tuple[object, ...]:
    """All that the third state could be sent: its view, its envelopes, the log that it mirrors."""
    with trio.il.agreements(ONWARD).reader() as reader:
        return trio.gone(), list(reader.all_outgoing()), reader.log_size("out"), reader.next_seq("XX")


def test_refused_and_unanswered_look_the_same_to_the_third_state(trio: Trio) -> None:
    """So does never asked: nothing is queued for it and its log does not grow."""
    record = trio.given()
    never = seen(trio)
    request = ask(trio, record)
    unanswered = seen(trio)
    consenting.refuse(trio.jp, request, KEN, None)
    trio.settle()
    assert never == unanswered == seen(trio)


def test_what_a_giver_is_asked_says_nothing_of_others(trio: Trio) -> None:
    """A request names the giver's own thing, the recipient and the purpose; what else is here does not show in it."""
    take(trio.il, stix("malware", "ours"))
    request = ask(trio, trio.given())
    [body] = [one.notice.body for one in notifying.received(trio.jp, trio.pair.agreement, consent_case.REQUEST)]
    handle = consenting.one_case(trio.il, request).scope.handle
    assert body.as_json() == {
        "scope": replace(WANTED, handle=handle).as_json(),
        "reason": "they are under attack",
    }


def test_a_derived_thing_asks_for_each_source_and_carries_its_label_on(trio: Trio) -> None:
    first, second = trio.given("one"), trio.given("two")
    product = stix("malware", "product", Tlp.GREEN)
    made = intake.take(trio.il, bundle(product), "own-cyber", DANA, made_from=(first.rid, second.rid))
    record = record_of(trio.il, made.rids[0])
    trio.settle()
    assert trio.gone() == []
    asked = consenting.givers(trio.il, record)
    assert {one.handle for one in asked} == {first.handle, second.handle}
    requests = consenting.ask(trio.il, record.rid, WANTED, DANA, None, None)
    trio.settle()
    grant(trio, requests[0])
    assert trio.gone() == []
    grant(trio, requests[1])
    assert trio.gone() == [product["id"]]
    with trio.il.agreements(ONWARD).reader() as reader:
        raw = next(iter(reader.all_outgoing())).raw
    assert b"JP" in raw


def test_revoked_it_closes_again_and_what_went_is_named(trio: Trio) -> None:
    first = trio.given("one")
    scope = replace(WANTED, handle=None, things=Things(frozenset({"cyber.*"}), up_to_tlp=Tlp.AMBER))
    grant_of = Grant("JP", scope, NOW - timedelta(days=1), NOW + timedelta(days=7))
    consent = consenting.give(trio.jp, trio.pair.agreement, grant_of, KEN)
    trio.settle()
    assert trio.gone() == [first.ext_id]
    deliver.deliver_due(replace(trio.il, partners={"XX": PLACE}, wire=Cable(cut=True)), ONWARD)
    consenting.revoke(trio.jp, consent, KEN, None)
    trio.settle()
    second = trio.given("two")
    assert second.ext_id not in trio.gone()
    shown = consenting.show(trio.il, consent)
    assert shown.case.state == "revoked"
    assert [row.ext_id for _, row in shown.releases] == [first.ext_id]


def test_revoked_before_it_was_sent_it_never_goes(trio: Trio) -> None:
    consent = grant(trio, ask(trio, trio.given()))
    assert len(trio.gone()) == 1
    consenting.revoke(trio.jp, consent, KEN, None)
    trio.settle()
    assert trio.gone() == []


def test_over_it_closes_again(trio: Trio) -> None:
    scope = replace(WANTED, handle=None, things=Things(frozenset({"cyber.*"}), up_to_tlp=Tlp.AMBER))
    consenting.give(
        trio.jp, trio.pair.agreement, Grant("JP", scope, NOW - timedelta(days=1), NOW + timedelta(hours=1)), KEN
    )
    trio.settle()
    trio.pair.clock.forward(hours=2)
    record = trio.given()
    assert record.ext_id not in trio.gone()


def test_who_may_not_grant(trio: Trio) -> None:
    request = ask(trio, trio.given())
    with pytest.raises(Refused, match="no request that a partner made of us"):
        consenting.grant(trio.il, request, DANA, consenting.terms_of(trio.il, None, None, Form.WRITTEN, ()))
    with pytest.raises(Refused, match="does not let JP consent for IL"):
        grant(trio, request, giver="IL")
    with pytest.raises(Refused, match="does not let JP consent for JP-registry"):
        grant(trio, request, giver="JP-registry")
    with pytest.raises(Refused, match="over already"):
        grant(trio, request, valid_from=NOW - timedelta(days=2), valid_until=NOW)
    assert trio.gone() == []
    grant(trio, request, giver="JP-releasing-office")
    assert len(trio.gone()) == 1


def test_only_who_gave_it_takes_it_back_and_only_once(trio: Trio) -> None:
    request = ask(trio, trio.given())
    grant(trio, request)
    with pytest.raises(Refused, match="no consent of ours"):
        consenting.revoke(trio.il, request, DANA, None)
    consenting.revoke(trio.jp, request, KEN, "the source is in danger")
    with pytest.raises(Refused, match="revoked already"):
        consenting.revoke(trio.jp, request, KEN, None)
    with pytest.raises(Refused, match="is revoked already"):
        consenting.refuse(trio.jp, request, KEN, None)


def test_a_notice_that_the_other_side_could_not_believe_is_not_sent(trio: Trio) -> None:
    """The same rules hold when such a notice comes in: the receipt refuses it with the code."""
    ours = Grant("JP", WANTED, NOW, NOW + timedelta(days=1), request="77" * 16)
    for kind, body, code in (
        (consent_case.GRANT, ours.as_json(), "consent-unknown-request"),
        (consent_case.GRANT, replace(ours, giver="IL", request=None).as_json(), "consent-wrong-giver"),
        (consent_case.REFUSAL, Ending("77" * 16).as_json(), "consent-unknown-request"),
        (consent_case.REVOCATION, Ending("77" * 16).as_json(), "consent-unknown"),
    ):
        with pytest.raises(Refused, match=code):
            notifying.send(trio.jp, trio.pair.agreement, kind, body, KEN)
    request = ask(trio, trio.given())
    other = replace(ours, request=request, scope=replace(WANTED, to="DE"))
    with pytest.raises(Refused, match="consent-other-scope"):
        notifying.send(trio.jp, trio.pair.agreement, consent_case.GRANT, other.as_json(), KEN)
    with pytest.raises(Malformed):
        notifying.send(trio.jp, trio.pair.agreement, consent_case.GRANT, {"giver": "JP"}, KEN)


def test_nobody_is_asked_for_what_is_ours(trio: Trio) -> None:
    rid = take(trio.il, stix("malware", "ours")).rids[0]
    with pytest.raises(Refused, match="nobody need be asked"):
        consenting.ask(trio.il, rid, WANTED, DANA, None, None)
    with pytest.raises(Absent):
        consenting.one_case(trio.il, "ab")


def test_copies_that_went_on_are_forgotten_too_and_the_ledgers_still_verify(trio: Trio) -> None:
    """Japan's thing went on to a third state by consent: what is kept of it for that state goes with it."""
    record = trio.given()
    grant(trio, ask(trio, record))
    assert trio.gone() == [record.ext_id]
    with trio.il.agreements("IL-XX-FICTION").reader() as reader:
        row = reader.release_of("XX", record.rid)
        assert row is not None
        assert reader.body(row.copy)
    returning.request(trio.jp, trio.pair.agreement, [record.handle or ""], "FICTIONAL.", KEN)
    trio.settle()
    [one] = duties.register(trio.il)
    returning.destroy(trio.il, one.row.id, DANA)
    with trio.il.agreements("IL-XX-FICTION").reader() as reader:
        again = reader.release_of("XX", record.rid)
        assert again is not None
        assert again.state == "void"
        with pytest.raises(Absent, match="destroyed"):
            reader.body(row.copy)
    assert trio.gone() == []
    assert check_node(trio.pair.folder / "IL") == []
