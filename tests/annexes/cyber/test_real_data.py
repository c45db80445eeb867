"""All of real ATT&CK for ICS and of the real MISP galaxy is accepted, labelled by its profile, and goes as it came."""

import hashlib
import lzma
import re
from pathlib import Path

import pytest

from comity.annexes.cyber import ANNEX, STIX, bundle
from comity.labels.label import ALL, Label, OriginLabel, Tlp
from comity.labels.profile import builtin

DATA = Path(__file__).parents[3] / "examples" / "data"
BUNDLES = [
    ("ics-attack-18.1.json", "mitre-attack", 1826),
    ("misp-galaxy-actors-ransomware.stix21.json", "misp-galaxy", 4057),
]


def uncompressed(name: str) -> bytes:
    return lzma.decompress((DATA / f"{name}.xz").read_bytes())


@pytest.mark.parametrize("name", [name for name, _, _ in BUNDLES])
def test_the_data_is_what_its_readme_says(name: str) -> None:
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    stated = re.search(rf"`{re.escape(name)}`.*`([0-9a-f]{{64}})`", readme)
    assert stated is not None
    assert hashlib.sha256(uncompressed(name)).hexdigest() == stated[1]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "source", "count"), BUNDLES)
def test_every_object_is_accepted_and_labelled(name: str, source: str, count: int) -> None:
    raw, profile = uncompressed(name), builtin(source)
    pieces = list(ANNEX.read(raw) or ())
    assert [piece.fault for piece in pieces if piece.fault] == []
    assert len(pieces) == count
    assert all(piece.raw in raw for piece in pieces[:: count // 50])
    for piece in pieces:
        marked = STIX.marked(piece.record, profile.origin)
        label = profile.label(marked)
        assert marked.problem is None
        assert label is not None
        assert profile.stored_clear(label)


@pytest.mark.slow
def test_a_statement_is_carried_and_the_profile_labels_the_rest() -> None:
    raw, profile = uncompressed("ics-attack-18.1.json"), builtin("mitre-attack")
    found = bundle.read(raw)
    part, value = next(pair for pair in found.objects if pair[1]["type"] == "malware")
    marked = STIX.marked(STIX.parse_value(value, part, found.known), profile.origin)
    assert marked.label is None
    assert marked.statements[0].startswith("Copyright 2015-2025, The MITRE Corporation.")
    assert profile.label(marked) == Label.of(OriginLabel("mitre.org", tlp=Tlp.CLEAR, rel_to=ALL))
