"""Law 7: what was written cannot be rewritten: one altered value in any row is found, and table and row are named."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pysqlite3 import dbapi2

from comity.acts import follow, standing
from comity.wiring import check_node
from tests.acts.things import document, note, question, relation, stix, take, write
from tests.joined import AGREEMENT, DANA, Pair, pair_in

FILES = ("house.db", "keys.db", f"agreements/{AGREEMENT}.db")
FREE = ("alembic_version", "nameplate")
"""Which schema and whose store it is: anything else there stops the store from being opened at all."""
TELLING = (
    "bytes",
    "raw",
    "entry",
    "canonical",
    "note",
    "outcome",
    "receipt",
    "hash",
    "why",
    "state",
    "wrapped",
    "cites",
)
"""Columns that say what happened, beside the first that is no key."""


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Israel's node after a little of everything: something went, came, waits, stays, is asked, answered and void."""
    folder = tmp_path_factory.mktemp("lived")
    with pair_in(folder) as pair:
        live(pair)
    return folder / "IL"


def live(pair: Pair) -> None:
    red = stix("malware", "red", tlp=None)
    take(pair.il, stix("malware", "one"), red, relation("r", stix("malware", "one"), red), note("n", [red]))
    take(pair.jp, stix("malware", "theirs"))
    write(pair.jp, question())
    pair.settle()
    with pair.il.agreements(pair.agreement).reader() as reader:
        case = reader.cases("intelligence")[0].id
    write(pair.il, document("decline", "D-1", re=case, cite="agreement:3(6)@1", words="No."))
    pair.settle()
    take(pair.il, stix("malware", "withdrawn"))
    follow.follow(pair.il, pair.agreement)
    standing.withdraw(pair.il, pair.agreement, "standing-il", DANA)
    pair.settle()


def altered(value: str | bytes | int) -> str | bytes | int:
    """Another value of its type, one bit away."""
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:] if value else b"\x01"
    if isinstance(value, str):
        return value[:-1] + chr(ord(value[-1]) ^ 1) if value else "x"
    return value ^ (1 << 20)


def cells(file: Path) -> Iterator[tuple[str, str, int, str | bytes | int]]:
    """Of one row in every table: the columns that say what happened, each with the row and the value."""
    raw = dbapi2.connect(file)
    tables = [name for (name,) in raw.execute("select name from sqlite_schema where type = 'table'")]
    for table in tables:
        names = [row[1] for row in raw.execute(f'pragma table_info("{table}")')]
        for column in {names[min(1, len(names) - 1)], *TELLING} & set(names):
            query = f'select rowid, "{column}" from "{table}" where "{column}" is not null'  # noqa: S608  # our own names
            found = raw.execute(query).fetchone()
            if found is not None and table not in FREE:
                yield table, column, *found
    raw.close()


def test_an_untouched_node_has_no_fault(lived: Path) -> None:
    assert check_node(lived) == []


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES)
def test_one_altered_value_is_found_and_its_table_named(lived: Path, tmp_path: Path, file: str) -> None:
    """`tests/store/test_fsck.py` does this for every column of every row; here on a node that has really lived."""
    count = 0
    for table, column, row, value in cells(lived / file):
        folder = tmp_path / f"{table}-{column}"
        shutil.copytree(lived, folder)
        raw = dbapi2.connect(folder / file)
        query = f'update "{table}" set "{column}" = ? where rowid = ?'  # noqa: S608  # our own names
        raw.execute(query, (altered(value), row))
        raw.commit()
        raw.close()
        named = [fault.where for fault in check_node(folder)]
        assert any(where.endswith(f".{table}") for where in named), f"{file}: {table}.{column}: {named[:5]}"
        shutil.rmtree(folder)
        count += 1
    assert count >= (1 if file == "keys.db" else 12)
