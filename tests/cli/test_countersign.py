"""Whoever countersigns a second version is shown what it would newly allow, bar and owe beside the one that binds."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from comity.agreement import text
from tests.cli.terminal import Said, typed

NAME = "IL-JP-SMALL-FICTION"
FEW = ("1(2)", "4(4)", "4(5)", "14(2)", "16(4)", "Annex 2", "Annex 1", "Annex 3", "Annex 4", "Annex 5", "Annex 6")


def version(folder: Path, number: int, up_to: str) -> str:
    """A few articles of the example with TLP up to `up_to`, so that comparing takes little time."""
    whole = text.from_yaml((folder / "israel-japan" / "agreement.yaml").read_bytes())
    few = [one for one in whole.terms if one.article in FEW]
    terms = [
        replace(one, params={**one.params, "up_to": up_to, "onward_up_to": "CLEAR"}) if one.article == "4(5)" else one
        for one in few
    ]
    made = replace(whole, id=NAME, version=number, terms=tuple(terms))
    (folder / f"small-{number}.json").write_bytes(text.canonical(made))
    return f"small-{number}.json"


def done(said: Said) -> Said:
    assert said.code == 0, said.text
    return said


def signed_by_both(folder: Path, file: str) -> Said:
    """Israel signs, Japan countersigns; what Japan was shown."""
    done(typed(f"comity agreement sign --data il {file} -o {file}.signed", folder))
    return done(typed(f"comity agreement countersign --data jp {file}.signed -o {file}.both --json", folder))


@pytest.mark.slow
def test_the_second_version_is_countersigned_beside_the_first(capitals: Path) -> None:
    first: dict[str, Any] = json.loads(signed_by_both(capitals, version(capitals, 1, "AMBER")).out)
    assert first["difference"] is None
    for node in ("il", "jp"):
        done(typed(f"comity agreement import --data {node} small-1.json.both", capitals))
    second: dict[str, Any] = json.loads(signed_by_both(capitals, version(capitals, 2, "GREEN")).out)
    assert second["signed_by"] == ["IL", "JP"]
    told = second["difference"]
    assert (told["old"], told["new"]) == (f"{NAME}@1", f"{NAME}@2")
    assert [one["where"] for one in told["words"]] == ["article 4(5)"]
    assert told["bars"]
    assert not told["allows"]
    assert {tuple(group["becomes_by"]) for group in told["bars"]} == {("4(5)",)}
    assert told["unfinished"] == []
    for node in ("il", "jp"):
        done(typed(f"comity agreement import --data {node} small-2.json.both", capitals))
        assert f"{NAME}@2" in done(typed(f"comity agreement status --data {node} {NAME}", capitals)).text
    assert done(typed(f"comity agreement diff --data jp {NAME}@1 small-2.json", capitals)).text.count("4(5)")
