"""Law 10: what belongs to a drill never enters the real world, nor the other way round; both say so, signed."""

from pathlib import Path

import pytest

from comity.acts import accept, deliver, follow
from comity.exchange.lane import Mode
from comity.exchange.receipt import Answer
from tests.acts.crossing import Forge, outbox, payload, read_receipt
from tests.acts.things import holds, stix, take
from tests.joined import Pair, joined


@pytest.mark.parametrize("mode", [Mode.EXERCISE, Mode.TEST])
def test_an_actual_node_refuses_a_drills_envelope(pair: Pair, mode: Mode) -> None:
    forge = Forge(pair)
    answer = read_receipt(pair, accept.accept(pair.il, forge.send(forge.stix(stix("malware", "one")), mode=mode)))
    assert (answer.verdict, answer.code, answer.mode) == (Answer.REFUSED, "wrong-mode", mode)
    assert holds(pair.il, "JP") == {}


def test_a_drills_envelope_moves_no_real_chain_and_no_real_ledger(pair: Pair) -> None:
    """The real number 1 is still to come, and the mirror of the partner's log has nothing of the drill."""
    drill, real = Forge(pair), Forge(pair)
    accept.accept(pair.il, drill.send(drill.stix(stix("malware", "one")), mode=Mode.EXERCISE))
    with pair.il.agreements(pair.agreement).reader() as reader:
        assert reader.log_size("in") == 0
    answer = read_receipt(pair, accept.accept(pair.il, real.send(real.stix(stix("malware", "two")))))
    assert answer.verdict is Answer.ACCEPTED


def test_an_exercise_node_refuses_what_is_actual(tmp_path: Path) -> None:
    with joined(tmp_path, mode=Mode.EXERCISE) as pair:
        forge = Forge(pair)
        sent = forge.send(forge.stix(stix("malware", "one")), mode=Mode.ACTUAL)
        answer = read_receipt(pair, accept.accept(pair.il, sent))
        assert (answer.verdict, answer.code) == (Answer.REFUSED, "wrong-mode")
        assert holds(pair.il, "JP") == {}


def test_an_exercise_among_exercise_nodes_works_and_is_marked_on_every_envelope(tmp_path: Path) -> None:
    with joined(tmp_path, mode=Mode.EXERCISE) as pair:
        take(pair.il, stix("malware", "one"))
        follow.follow(pair.il, pair.agreement)
        [row] = outbox(pair.il, pair.agreement)
        assert (row.mode, payload(row.raw)["mode"]) == (Mode.EXERCISE, "exercise")
        assert deliver.deliver_due(pair.il, pair.agreement).settled == 1
        assert len(holds(pair.jp, "IL")) == 1
