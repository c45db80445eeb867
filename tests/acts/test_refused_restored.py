"""A node restored from a backup takes back what the partner refused as refused, also what it could not open."""

from dataclasses import replace
from pathlib import Path

import pytest

from comity.acts import refusals
from comity.acts.refusals import Word
from tests.acts.refusing import Spoilt, both_signed, live, once, refused
from tests.acts.restored import again, back_up, day, lose_and_restore, reconcile, verified
from tests.acts.things import holds, stix, take
from tests.joined import DANA, Pair, pair_in

pytestmark = pytest.mark.slow


def blind(pair: Pair) -> None:
    """Japan opens with another key than the agreement names."""
    pair.cables[0].other = replace(pair.jp, vault=Spoilt(pair.jp.vault, opener=pair.il.vault))


@pytest.mark.parametrize("queued", [False, True], ids=["decided after the backup", "queued in the backup"])
@pytest.mark.parametrize("still_blind", [False, True], ids=["it opens now", "it cannot open yet"])
def test_a_refusal_that_the_backup_forgot_is_known_again(tmp_path: Path, queued: bool, still_blind: bool) -> None:
    lost = stix("malware", "lost")
    with pair_in(tmp_path) as pair:
        day(pair, "one")
        take(pair.il, lost)
        if queued:
            pair.cables[0].cut = True
            once(pair)
            pair.cables[0].cut = False
        back_up(tmp_path)
        pair.clock.forward(hours=1)
        blind(pair)
        while once(pair).settled:
            pass
        assert [row.code for row in refused(pair)] == ["sealed-unreadable"]
    lose_and_restore(tmp_path)
    with again(tmp_path) as pair:
        pair.clock.forward(hours=1)
        if still_blind:
            blind(pair)
        reconcile(pair.il)
        pair.cables[0].other = pair.jp
        assert lost["id"] not in live(pair)
        assert [row.code for row in refused(pair)] == ["sealed-unreadable"] * queued
        pair.settle()
        if refused(pair):
            refusals.say(pair.il, pair.agreement, Word.RETRY, DANA)
        day(pair, "two")
        assert lost["id"] in live(pair)
        assert lost["id"] in holds(pair.jp, "IL")
        day(pair, "three")
        size, signed = both_signed(pair)
        assert size - signed <= 3, "what crossed last in another lane is signed with the next"
        verified(pair)
