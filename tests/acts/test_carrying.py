"""By files everything ends as by wire: same records, same receipts, same ledgers."""

from pathlib import Path
from typing import Any

import pytest

from comity.acts import agreements, carrying, contacts, deliver, follow, standing
from comity.core.errors import Malformed, Refused
from comity.labels.label import Tlp
from tests.acts.crossing import outbox
from tests.acts.things import holds, portion, report, stix, take, take_report
from tests.joined import DANA, Pair, pair_in


def fill(pair: Pair) -> None:
    take(pair.il, stix("malware", "one"), stix("malware", "red", Tlp.RED), stix("malware", "two"))
    take_report(pair.il, report("R-1", portion("a", {"origin": "IL", "level": "שמור"})))
    take(pair.jp, stix("malware", "theirs"))
    for node in (pair.il, pair.jp):
        follow.follow(node, pair.agreement)


def carry(pair: Pair) -> int:
    """A courier takes every file there and every answer back, until there is nothing left to carry."""
    count = 0
    for here, there in ((pair.il, pair.jp), (pair.jp, pair.il)):
        for _, raw in carrying.to_carry(here, pair.agreement):
            brought = carrying.bring(there, raw)
            assert brought.receipt is not None
            carrying.bring(here, brought.receipt)
            count += 1
    return count


def ending(pair: Pair) -> Any:
    """What a pair looks like in the end, but for the signatures and handles, which are random."""
    found = []
    for node, other in ((pair.il, "JP"), (pair.jp, "IL")):
        with node.agreements(pair.agreement).reader() as reader:
            rows = [(row.lane, row.seq, row.state, row.receipt is not None) for row in reader.all_outgoing()]
            came = [(row.lane, row.seq, row.state, row.receipt is not None) for row in reader.all_incoming()]
            sizes = [reader.log_size(log) for log in ("out", "in", "decisions")]
        found.append((holds(node, other), rows, came, sizes))
    return found


def test_by_file_and_by_wire_end_the_same(tmp_path: Path) -> None:
    with pair_in(tmp_path / "wire") as wire, pair_in(tmp_path / "file") as file:
        fill(wire)
        fill(file)
        wire.settle()
        assert carry(file) == 2
        assert ending(file) == ending(wire)
        assert file.cables[0].posts == []


def test_the_same_file_brought_again_gets_the_same_receipt(pair: Pair) -> None:
    fill(pair)
    [(name, raw), *_] = carrying.to_carry(pair.il, pair.agreement)
    first, again = carrying.bring(pair.jp, raw), carrying.bring(pair.jp, raw)
    assert first == again
    assert first.name == name


def test_what_has_a_receipt_is_carried_no_more(pair: Pair) -> None:
    fill(pair)
    assert carry(pair) == 2
    assert list(carrying.to_carry(pair.il, pair.agreement)) == []


def test_envelopes_to_carry_are_opened_one_at_a_time(pair: Pair) -> None:
    """However many wait, one stands in memory; what is answered meanwhile is not carried."""
    for name in ("one", "two", "three"):
        take(pair.il, stix("malware", name))
        follow.follow(pair.il, pair.agreement)
    given = carrying.to_carry(pair.il, pair.agreement)
    first = next(given)
    deliver.deliver_due(pair.il, pair.agreement)
    assert (first[0].endswith("ROUTINE-1-1.dsse.json"), list(given)) == (True, [])


def test_all_are_carried_however_many_wait(pair: Pair) -> None:
    """Page after page; what is answered in between is no gap."""
    for name in ("one", "two", "three", "four", "five"):
        take(pair.il, stix("malware", name))
        follow.follow(pair.il, pair.agreement)
    given = carrying.to_carry(pair.il, pair.agreement, page=2)
    names = [next(given)[0], next(given)[0]]
    brought = carrying.bring(pair.jp, outbox(pair.il, pair.agreement)[0].raw)
    assert brought.receipt is not None
    carrying.bring(pair.il, brought.receipt)
    names += [name for name, _ in given]
    assert names == [f"IL/ROUTINE-1-{number}.dsse.json" for number in range(1, 6)]
    assert [row.attempts for row in outbox(pair.il, pair.agreement)] == [1] * 5


def test_out_of_order_files_are_told_to_come_again(pair: Pair) -> None:
    for name in ("one", "two"):
        take(pair.il, stix("malware", name))
        follow.follow(pair.il, pair.agreement)
    first, second = (raw for _, raw in carrying.to_carry(pair.il, pair.agreement))
    early = carrying.bring(pair.jp, second)
    assert "chain-gap" in early.text
    assert early.receipt is not None
    carrying.bring(pair.il, early.receipt)
    assert [row.state.value for row in outbox(pair.il, pair.agreement)] == ["queued", "queued"]
    for raw in (first, second):
        brought = carrying.bring(pair.jp, raw)
        assert brought.receipt is not None
        carrying.bring(pair.il, brought.receipt)
    assert [row.state.value for row in outbox(pair.il, pair.agreement)] == ["settled", "settled"]


def test_what_left_as_a_file_is_never_voided(pair: Pair) -> None:
    fill(pair)
    carried = list(carrying.to_carry(pair.il, pair.agreement))
    standing.withdraw(pair.il, pair.agreement, "standing-il", DANA)
    follow.follow(pair.il, pair.agreement)
    assert list(carrying.to_carry(pair.il, pair.agreement)) == carried


def test_a_file_is_what_it_says_or_nothing(pair: Pair) -> None:
    fill(pair)
    [(_, raw), *_] = carrying.to_carry(pair.il, pair.agreement)
    for wrong in (b"", b"hello", raw[:-10], raw + b"\n", b"{}"):
        with pytest.raises(Malformed):
            carrying.bring(pair.jp, wrong)
    for other in (agreements.signed_bytes(pair.il, pair.agreement), contacts.export(pair.il, {"en": "IL"}, ())):
        with pytest.raises(Malformed, match="neither an envelope nor a receipt"):
            carrying.bring(pair.jp, other)
    with pytest.raises(Refused, match="not one known party's"):
        carrying.bring(pair.il, raw)
