"""A node is carried into PostgreSQL and back by what an operator types, and answers there as before."""

import json
from pathlib import Path

import jsonschema_rs
import pytest

from tests.cli.terminal import typed

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs" / "json" / "store-copy.schema.json").read_bytes())
SETTINGS = '\n[store]\nhouse = "{0}"\n\n[store.agreements]\n"IL-JP-FICTION" = "{0}"\n'


def test_there_and_back(capitals: Path, dsn: str) -> None:
    """The command says what to write into the settings; with that, the node stands there. So does the way back."""
    here = typed("comity status --data il --json", capitals).out
    copied = json.loads(typed(f"comity store copy --data il --to {dsn} --json", capitals).out)
    jsonschema_rs.validate(SCHEMA, copied)
    assert [one["store"] for one in copied["stores"]] == ["house", "IL-JP-FICTION"]
    settings = capitals / "il" / "comity.toml"
    plain = settings.read_text("utf-8")
    settings.write_text(plain + SETTINGS.format(dsn), "utf-8")
    for file in ("house.db", "agreements/IL-JP-FICTION.db"):
        (capitals / "il" / file).unlink()
    assert typed("comity ledger fsck --data il", capitals).text == "Sound.\n"
    there = json.loads(typed("comity status --data il --json", capitals).out)
    assert {**there, "at": ""} == {**json.loads(here), "at": ""}
    again = typed(f"comity store copy --data il --to {dsn}", capitals)
    assert (again.code, "at the target already" in again.text) == (77, True)
    back = json.loads(typed("comity store copy --data il --to embedded --json", capitals).out)
    assert back["stores"] == copied["stores"]
    settings.write_text(plain, "utf-8")
    assert typed("comity ledger fsck --data il", capitals).text == "Sound.\n"


def test_words_for_people_say_what_to_do_next(capitals: Path, dsn: str) -> None:
    said = typed(f"comity store copy --data il --to {dsn}", capitals)
    assert said.code == 0
    assert "[store.agreements]" in said.text
    assert f'"IL-JP-FICTION" = "{dsn}"' in said.text


@pytest.mark.parametrize(
    ("to", "code", "words"),
    [
        ("postgresql://dana:hush@localhost/comity", 77, "pgpass"),
        ("postgresql:///comity?password=hush", 77, "pgpass"),
        ("postgresql://db.example/comity", 77, "verify-full"),
        ("mysql://localhost/comity", 65, "postgresql://"),
        ("elsewhere", 65, "postgresql://"),
        ("embedded", 77, "at the target already"),
        ("postgresql:///comity?host=/nowhere", 69, "try again"),
    ],
)
def test_where_a_node_cannot_go_is_said_and_no_password_repeated(
    capitals: Path, to: str, code: int, words: str
) -> None:
    said = typed(f"comity store copy --data il --to '{to}'", capitals)
    assert (said.code, words in said.text) == (code, True), said.text
    assert "hush" not in said.text
