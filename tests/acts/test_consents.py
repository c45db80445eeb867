"""The bodies of consent notices read as their vectors say: the good ones come back the same, the bad are refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from comity.acts.consents import KINDS
from comity.core.errors import Malformed

VECTORS = Path(__file__).parents[1] / "vectors" / "consent"
READ = {kind.name: kind.read for kind in KINDS}


def vectors(name: str) -> list[Any]:
    rows = [json.loads(line) for line in (VECTORS / f"{name}.jsonl").read_text("utf-8").splitlines()]
    return [pytest.param(row["kind"], row["body"], id=f"{row['kind']}: {row['name']}") for row in rows]


@pytest.mark.parametrize(("kind", "body"), vectors("good"))
def test_a_good_one_comes_back_the_same(kind: str, body: dict[str, Any]) -> None:
    assert READ[kind](body).as_json() == body


@pytest.mark.parametrize(("kind", "body"), vectors("bad"))
def test_a_bad_one_is_refused(kind: str, body: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        READ[kind](body)
