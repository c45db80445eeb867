"""A notice is signed by one party, carried to the other whatever the state of the agreement, and kept by both once."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from comity.acts import accept, agreements, carrying, deliver, evidence, follow, notifying, standing
from comity.acts.node import Node
from comity.acts.posting import Progress
from comity.acts.sending import send_notices
from comity.agreement.events import with_event
from comity.agreement.life import State
from comity.core import dsse, strictjson
from comity.core.errors import Malformed, Refused
from comity.exchange import envelope, notice, receipt
from comity.exchange.lane import Lane, Mode
from comity.exchange.notice import Notice, NoticeKind
from comity.exchange.receipt import ItemAnswer
from tests.acts.things import holds, stix, take
from tests.joined import DANA, KEN, Pair, example, pair_in, sign

HELLO = "test-hello"
"""A kind of notice for these tests: any object that says `say`."""


def _said(body: Any) -> str:
    if set(body) != {"say"}:
        raise Malformed("a hello says one thing")
    return str(body["say"])


def with_hello(node: Node, lane: Lane = Lane.IMMEDIATE) -> Node:
    def nothing_rude(one: Notice, _situation: object) -> str | None:
        return "rude" if one.body == "rude" else None

    return replace(node, notices={**node.notices, HELLO: NoticeKind(HELLO, _said, lane, nothing_rude)})


@pytest.fixture
def talking(pair: Pair) -> Pair:
    pair.il, pair.jp = with_hello(pair.il), with_hello(pair.jp)
    pair.cables[0].other, pair.cables[1].other = pair.jp, pair.il
    return pair


def say(pair: Pair, text: str = "good morning") -> str:
    return notifying.send(pair.il, pair.agreement, HELLO, {"say": text}, DANA)


def heard(pair: Pair) -> list[str]:
    return [one.notice.body for one in notifying.received(pair.jp, pair.agreement, HELLO)]


def test_a_notice_arrives_is_acknowledged_and_kept_by_both(talking: Pair) -> None:
    handle = say(talking)
    (waiting,) = notifying.given(talking.il, talking.agreement)
    assert (waiting.progress, waiting.answer) == (Progress.UNSENT, None)
    talking.settle()
    (given,) = notifying.given(talking.il, talking.agreement)
    (came,) = notifying.received(talking.jp, talking.agreement)
    assert given.progress is Progress.ACCEPTED
    assert given.answer is not None
    assert given.answer.sender == "JP"
    assert (came.raw, came.notice.id, came.notice.body) == (given.learnt.raw, handle, "good morning")


def test_it_has_a_leaf_that_the_other_side_mirrors_and_countersigns(talking: Pair) -> None:
    say(talking)
    talking.settle()
    for node, log in ((talking.il, "out"), (talking.jp, "in")):
        with node.agreements(talking.agreement).reader() as reader:
            kinds = [strictjson.parse(raw)["leaf"] for _, raw in reader.leaves(log, 0, 10)]
        assert "noticed" in kinds
    report = evidence.check(evidence.gather(talking.il, talking.agreement))
    assert not report.faults


def test_it_goes_before_what_is_less_urgent_and_only_the_partner_can_open_it(talking: Pair) -> None:
    take(talking.il, stix("malware", "one"))
    say(talking, "FICTIONAL secret words")
    follow.follow(talking.il, talking.agreement)
    with talking.il.agreements(talking.agreement).reader() as reader:
        rows = reader.due(talking.clock(), 9)
    assert [row.lane for row in rows] == [Lane.IMMEDIATE, Lane.ROUTINE]
    assert b"FICTIONAL" not in dsse.parse(rows[0].raw).payload


def test_the_same_notice_again_is_kept_once(talking: Pair) -> None:
    """Also under another number: the sender is answered, and nothing is learnt twice."""
    say(talking)
    talking.settle()
    (came,) = notifying.received(talking.jp, talking.agreement)
    answer = forge(talking, came.raw)
    assert [item.verdict for item in answer.items] == [ItemAnswer.ACCEPTED]
    assert heard(talking) == ["good morning"]


def test_a_lost_receipt_changes_nothing(talking: Pair) -> None:
    say(talking)
    follow.follow(talking.il, talking.agreement)
    talking.cables[0].deaf = True
    deliver.deliver_due(talking.il, talking.agreement)
    talking.cables[0].deaf = False
    talking.clock.forward(hours=1)
    talking.settle()
    assert heard(talking) == ["good morning"]
    assert [one.progress for one in notifying.given(talking.il, talking.agreement)] == [Progress.ACCEPTED]


def test_it_crosses_by_file_too(talking: Pair) -> None:
    talking.cables[0].cut = talking.cables[1].cut = True
    say(talking)
    follow.follow(talking.il, talking.agreement)
    for _, raw in carrying.to_carry(talking.il, talking.agreement):
        first, second = (carrying.bring(talking.jp, raw) for _ in range(2))
        assert first == second
    assert heard(talking) == ["good morning"]


def test_followers_ask_again_where_it_was_made_and_where_it_came(talking: Pair) -> None:
    say(talking)
    for node in (talking.il, talking.jp):
        assert follow.follow(node, talking.agreement).read > 0 or node is talking.jp
    deliver.deliver_due(talking.il, talking.agreement)
    with talking.jp.house.reader() as house:
        entry = house.log_after(house.log_size() - 1, 1)[0]
    assert (entry.entry["act"], entry.entry["kind"], entry.entry["scope"]) == ("fact", "notice", talking.agreement)
    assert entry.by == "node:IL"


def test_what_our_own_side_would_refuse_is_not_sent(talking: Pair) -> None:
    with pytest.raises(Refused, match="rude"):
        say(talking, "rude")
    with pytest.raises(Malformed, match="one thing"):
        notifying.send(talking.il, talking.agreement, HELLO, {"shout": "x"}, DANA)
    with pytest.raises(Malformed, match="kind we do not know"):
        notifying.send(talking.il, talking.agreement, "advert", {}, DANA)
    talking.settle()
    assert notifying.given(talking.il, talking.agreement) == []


def _made(pair: Pair, **changes: Any) -> Notice:
    with pair.il.house.reader() as house:
        ref = next(iter(agreements.texts(house, pair.agreement)))
    one = Notice(HELLO, "ab" * 16, "IL", ref, Mode.ACTUAL, pair.clock(), {"say": "x"}, "")
    return replace(one, **changes)


def forge(pair: Pair, *raws: bytes) -> receipt.Receipt:
    """The answer to an envelope of Israel's that carries any bytes at all as notices."""
    with pair.il.agreements(pair.agreement).begin() as tx:
        text = agreements.held(pair.il, pair.agreement).newest
        row = send_notices(pair.il, tx, text, "JP", Lane.IMMEDIATE, raws)
    return receipt.unseal(accept.accept(pair.jp, row.raw), "IL", {"JP": (pair.jp.vault.public,)})


def refused(pair: Pair) -> dict[str, bytes]:
    good, vault = _made(pair), pair.il.vault
    ref = good.agreement
    changed: dict[str, dict[str, Any]] = {
        "the partner's own name": {"sender": "JP"},
        "an unknown kind": {"kind": "advert"},
        "a body its kind cannot read": {"body": {"x": 1}},
        "what its kind refuses": {"body": {"say": "rude"}},
        "another agreement": {"agreement": replace(ref, id="IL-XX")},
        "a version never signed": {"agreement": replace(ref, version=9)},
        "a drill": {"mode": Mode.EXERCISE},
        "tomorrow": {"made": good.made.replace(day=9)},
    }
    return {
        "another's signature": notice.seal(replace(good, sender="JP"), pair.jp.vault),
        "no signature": dsse.write(notice.PAYLOAD_TYPE, dsse.parse(notice.seal(good, vault)).payload, {}),
        "no notice at all": b"hello",
        **{name: notice.seal(replace(good, **change), vault) for name, change in changed.items()},
    }


CODES = {
    "another's signature": notice.UNVERIFIED,
    "the partner's own name": notice.UNVERIFIED,
    "no signature": notice.UNVERIFIED,
    "no notice at all": notice.MALFORMED,
    "an unknown kind": notice.UNKNOWN,
    "a body its kind cannot read": notice.MALFORMED,
    "what its kind refuses": "rude",
    "another agreement": notice.ELSEWHERE,
    "a version never signed": notice.ELSEWHERE,
    "a drill": notice.ELSEWHERE,
    "tomorrow": notice.AHEAD,
}


@pytest.mark.parametrize(("name", "code"), CODES.items(), ids=CODES)
def test_what_is_no_notice_of_the_partner_is_refused_by_name(talking: Pair, name: str, code: str) -> None:
    """In the receipt, each by itself: the good one beside it is kept."""
    raw = refused(talking)[name]
    good = notice.seal(_made(talking, id="cd" * 16, body={"say": "good"}), talking.il.vault)
    answer = forge(talking, raw, good)
    assert [(item.verdict, item.code) for item in answer.items] == [
        (ItemAnswer.REFUSED, code),
        (ItemAnswer.ACCEPTED, None),
    ]
    assert heard(talking) == ["good"]


def test_one_id_names_one_notice(talking: Pair) -> None:
    forge(talking, notice.seal(_made(talking), talking.il.vault))
    answer = forge(talking, notice.seal(_made(talking, body={"say": "other"}), talking.il.vault))
    assert [item.code for item in answer.items] == [notice.TAKEN]
    assert heard(talking) == ["x"]


def test_a_refused_notice_is_known_as_refused_at_its_sender(talking: Pair) -> None:
    talking.cables[0].other = replace(talking.jp, notices={})
    say(talking)
    talking.settle()
    (given,) = notifying.given(talking.il, talking.agreement)
    assert (given.progress, given.code) == (Progress.REFUSED, notice.UNKNOWN)
    assert heard(talking) == []


def test_many_notices_share_envelopes(talking: Pair) -> None:
    for n in range(101):
        say(talking, f"number {n}")
    assert follow.follow(talking.il, talking.agreement).envelopes == 2
    talking.settle()
    assert len(heard(talking)) == 101


def test_withheld_things_do_not_show_in_a_notice(talking: Pair) -> None:
    """Law 4: the notice, its leaf and its envelope are those of a house that holds nothing else."""
    take(talking.il, stix("malware", "hidden", tlp=None))
    say(talking)
    follow.follow(talking.il, talking.agreement)
    with talking.il.agreements(talking.agreement).reader() as reader:
        (row,) = reader.due(talking.clock(), 9)
    header = envelope.header_of(row.raw)
    assert (header.sequence, header.leaf_from, header.lane) == (1, 0, Lane.IMMEDIATE)
    assert holds(talking.jp, "IL") == {}


def test_both_may_speak(talking: Pair) -> None:
    say(talking, "from Israel")
    notifying.send(talking.jp, talking.agreement, HELLO, {"say": "from Japan"}, KEN)
    talking.settle()
    with talking.il.house.reader() as house:
        found = notifying.notices(talking.il, house, talking.agreement, HELLO)
    assert {one.notice.body for one in found} == {"from Israel", "from Japan"}


def test_it_passes_under_suspension_and_after_the_end(tmp_path: Path) -> None:
    """Law 12: without it nobody could lift a suspension, ask for things back or meet what outlives the text."""
    suspension = {"kind": "suspension", "by": "JP", "received": "2027-03-01"}
    ending = {"kind": "termination-notice", "by": "JP", "received": "2027-03-01", "effective": "2027-03-04"}
    with pair_in(tmp_path, signed=False) as pair:
        sign(pair, with_event(with_event(example(), suspension), ending))
        pair.il, pair.jp = with_hello(pair.il), with_hello(pair.jp)
        pair.cables[0].other, pair.cables[1].other = pair.jp, pair.il
        for state in (State.SUSPENDED, State.ENDED):
            assert agreements.status(pair.il, pair.agreement)[1].state is state
            say(pair, state.value)
            pair.settle()
            pair.clock.forward(days=3)
        assert heard(pair) == ["suspended", "ended"]


def test_what_is_voided_before_it_in_its_lane_takes_no_notice_along(pair: Pair) -> None:
    """The number is closed by a void, and the notice goes under the next one."""
    pair.il, pair.jp = with_hello(pair.il, Lane.ROUTINE), with_hello(pair.jp, Lane.ROUTINE)
    pair.cables[0].other, pair.cables[1].other = pair.jp, pair.il
    take(pair.il, stix("malware", "one"))
    follow.follow(pair.il, pair.agreement)
    say(pair)
    follow.follow(pair.il, pair.agreement)
    standing.withdraw(pair.il, pair.agreement, "standing-il", DANA)
    pair.settle()
    (given,) = notifying.given(pair.il, pair.agreement)
    assert (given.progress, heard(pair), holds(pair.jp, "IL")) == (Progress.ACCEPTED, ["good morning"], {})
    assert evidence.check(evidence.gather(pair.il, pair.agreement)).verified


def test_a_notice_of_a_text_that_was_amended_is_still_taken(talking: Pair) -> None:
    """It names the version it was made under, which both have signed."""
    one = _made(talking)
    newer = replace(example(), version=2, life=replace(example().life, signed="2027-03-02"))
    sign(talking, newer)
    talking.clock.forward(days=1)
    assert agreements.held(talking.jp, talking.agreement).at(talking.clock()).version == 2
    forge(talking, notice.seal(one, talking.il.vault))
    assert heard(talking) == ["x"]
