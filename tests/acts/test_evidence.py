"""Both sides prove the whole journey from files alone; one altered byte in any of them is found and named."""

from collections.abc import Mapping

import pytest

from comity.acts import evidence, follow, standing
from comity.core.errors import Absent
from comity.labels.label import Tlp
from tests.acts.things import question, stix, take, write
from tests.joined import DANA, Pair
from tests.keys import signer


def travelled(pair: Pair) -> None:
    """Something each way, open and sealed, and a void."""
    take(pair.il, stix("malware", "one", Tlp.CLEAR), stix("malware", "two"))
    write(pair.jp, question())
    pair.settle()
    take(pair.il, stix("malware", "withdrawn"))
    follow.follow(pair.il, pair.agreement)
    standing.withdraw(pair.il, pair.agreement, "standing-il", DANA)
    pair.settle()
    write(pair.jp, question("Q-2"))
    pair.settle()


def both(pair: Pair) -> list[Mapping[str, bytes]]:
    return [evidence.gather(node, pair.agreement) for node in (pair.il, pair.jp)]


def test_both_sides_verify_from_files_alone(pair: Pair) -> None:
    travelled(pair)
    for files in both(pair):
        report = evidence.check(files)
        assert report.faults == ()
        assert report.envelopes == report.receipts == 5
        assert {log.party for log in report.logs} == {"IL", "JP"}


def test_both_sides_tell_the_same_story(pair: Pair) -> None:
    travelled(pair)
    ours, theirs = both(pair)
    crossing = [name for name in ours if name.startswith(("envelopes/", "receipts/", "agreement"))]
    assert {name: ours[name] for name in crossing} == {name: theirs[name] for name in crossing}


def test_before_anything_was_answered_there_is_nothing_to_prove(pair: Pair) -> None:
    take(pair.il, stix("malware", "one"))
    follow.follow(pair.il, pair.agreement)
    with pytest.raises(Absent, match="no checkpoint that both sides signed"):
        evidence.gather(pair.il, pair.agreement)


def test_keys_known_from_elsewhere_must_be_those_of_the_text(pair: Pair) -> None:
    travelled(pair)
    files = both(pair)[0]
    assert evidence.check(files, {"JP": pair.jp.vault.public}).verified
    assert not evidence.check(files, {"JP": signer("another").public}).verified


@pytest.mark.slow
def test_an_altered_byte_in_any_file_is_found_and_named(pair: Pair) -> None:
    """Every file, at the beginning, the end and a stride between: the fault names the file."""
    travelled(pair)
    for files in both(pair):
        for name, raw in files.items():
            for position in sorted({0, len(raw) - 1, *range(7, len(raw), max(1, len(raw) // 3))}):
                changed = bytearray(raw)
                changed[position] ^= 1
                report = evidence.check({**files, name: bytes(changed)})
                assert not report.verified, f"{name} at {position}"
                folder = name.rsplit("/", 1)[0]
                named = [fault.where for fault in report.faults if fault.where.startswith((name, folder))]
                assert named, f"{name} at {position}: {report.faults}"


def test_a_missing_file_and_a_stranger_are_found(pair: Pair) -> None:
    travelled(pair)
    files = both(pair)[0]
    for name in files:
        assert not evidence.check({other: raw for other, raw in files.items() if other != name}).verified, name
    assert not evidence.check({**files, "envelopes/IL/extra.dsse.json": b"{}"}).verified
