"""Laws 1 and 2: what is not known is refused; every decision, also a denial, names the article or law it rests on."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from comity.acts import follow, intake
from comity.agreement import text
from comity.core import strictjson
from comity.core.errors import Malformed
from tests.acts.things import bundle, stix, take
from tests.joined import DANA, EXAMPLES, Pair, pair_in, sign
from tests.laws.test_non_interference import HIDDEN, VISIBLE

CITATION = re.compile(r"agreement:.+@\d+|house:\d+|policy:.+")
APART = re.compile(r" (?=agreement:|house:|policy:)")
"""Between two citations; an article's own name may have a space."""


def test_every_decision_cites(pair: Pair) -> None:
    """Everything the non-interference test knows, whatever becomes of it."""
    for make in (VISIBLE | HIDDEN).values():
        make(pair.il)
    follow.follow(pair.il, pair.agreement)
    with pair.il.agreements(pair.agreement).reader() as reader:
        counts = reader.outcome_counts()
        dids = {row.did for row in reader.releases("JP", 0, 1000)}
        bodies = [strictjson.parse(row.body) for did in dids if (row := reader.decision(did)) is not None]
    assert {word for word, _ in counts} >= {"allow", "sanitise", "waiting", "deny"}
    for (word, cites), _ in counts.items():
        assert cites, word
        assert all(CITATION.fullmatch(cite) for cite in APART.split(cites)), cites
    assert all(body["decision"]["articles"] for body in bodies)


def test_without_any_decision_of_the_originator_nothing_goes_and_the_denial_cites(tmp_path: Path) -> None:
    with pair_in(tmp_path, signed=False) as pair:
        sign(pair)
        take(pair.il, stix("malware", "one"))
        assert follow.follow(pair.il, pair.agreement).withheld == 1
        with pair.il.agreements(pair.agreement).reader() as reader:
            [(word, cites)] = reader.outcome_counts()
    assert word != "allow"
    assert CITATION.fullmatch(APART.split(cites)[0])


def test_a_term_of_an_unknown_kind_makes_no_agreement() -> None:
    raw = (EXAMPLES / "israel-japan" / "agreement.yaml").read_bytes()
    with pytest.raises(Malformed, match="quantum-handshake"):
        text.from_yaml(raw.replace(b"rule: no-waiver", b"rule: quantum-handshake"))


def test_a_node_without_a_field_reads_nothing_of_it(pair: Pair) -> None:
    bare = replace(pair.il, annexes=())
    with pytest.raises(Malformed):
        intake.take(bare, bundle(stix("malware", "one")), "own-cyber", DANA)


def test_a_profile_is_never_taken_for_another(pair: Pair) -> None:
    """Without its own profile a thing is held, whatever other profiles there are."""
    bare = replace(pair.il, profiles={"mitre-attack": pair.il.profiles["mitre-attack"]})
    assert intake.take(bare, bundle(stix("malware", "one")), "own-cyber", DANA).taken == 0
