"""Law 12: suspended is not silent. Nothing new goes or comes; what was sent before is still answered and proved.

Recalls, compromise notices, warnings and consultations, which pass under a suspension, are not built yet.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from comity.acts import accept, agreements, deliver, evidence, follow
from comity.agreement.events import with_event
from comity.agreement.life import State, status_at
from comity.exchange.receipt import Answer
from tests.acts.crossing import Forge, outbox, read_receipt
from tests.acts.things import holds, stix, take
from tests.joined import Pair, example, pair_in, release, sign

NOTICE = {"kind": "suspension", "by": "JP", "received": "2027-03-03", "effective": "2027-03-04"}
"""Two days after the clock of these tests begins."""


@pytest.fixture
def ending(tmp_path: Path) -> Iterator[Pair]:
    """In force today; the signed text knows of a suspension in two days."""
    with pair_in(tmp_path, signed=False) as pair:
        sign(pair, with_event(example(), NOTICE))
        for node in (pair.il, pair.jp):
            release(node, f"standing-{node.party.lower()}", ("cyber.*", "intelligence.*"))
        yield pair


def suspended(pair: Pair) -> None:
    pair.clock.forward(days=3)
    text, status = agreements.status(pair.il, pair.agreement)
    assert status.state is State.SUSPENDED
    assert status_at(text, pair.clock.now - timedelta(days=3)).state is State.IN_FORCE


def test_before_it_everything_goes(ending: Pair) -> None:
    take(ending.il, stix("malware", "one"))
    ending.settle()
    assert len(holds(ending.jp, "IL")) == 1


def test_under_it_nothing_new_is_released_and_the_denial_cites(ending: Pair) -> None:
    suspended(ending)
    take(ending.il, stix("malware", "one"))
    followed = follow.follow(ending.il, ending.agreement)
    assert (followed.released, followed.withheld) == (0, 1)
    with ending.il.agreements(ending.agreement).reader() as reader:
        [(word, cites)] = reader.outcome_counts()
    assert word == "deny"
    assert cites.startswith("agreement:15(2)@1")


def test_under_it_what_comes_in_is_refused_with_a_signed_receipt(ending: Pair) -> None:
    suspended(ending)
    forge = Forge(ending)
    answer = read_receipt(ending, accept.accept(ending.il, forge.send(forge.stix(stix("malware", "one")))))
    assert (answer.verdict, answer.code) == (Answer.REFUSED, "agreement-suspended")


def test_under_it_the_answer_to_what_was_sent_before_is_still_given_and_taken(ending: Pair) -> None:
    """Receipts go on: Article 15(3) of the example says so, and without them nobody could prove anything."""
    take(ending.il, stix("malware", "one"))
    follow.follow(ending.il, ending.agreement)
    ending.cables[0].deaf = True
    deliver.deliver_due(ending.il, ending.agreement)
    ending.cables[0].deaf = False
    suspended(ending)
    assert deliver.deliver_due(ending.il, ending.agreement).settled == 1
    assert [row.state.value for row in outbox(ending.il, ending.agreement)] == ["settled"]
    for node in (ending.il, ending.jp):
        with node.agreements(ending.agreement).reader() as reader:
            assert reader.log_size("out") == 1
    assert evidence.check(evidence.gather(ending.il, ending.agreement)).verified
