"""Tables of `agreements/<id>.db`. Bytes of content, envelopes among them, stand in `body` only.

`mac` columns bind a row's values under the house's identity key; rows without one are covered by a leaf, by their
digest or by the root of their batch.
"""

from sqlalchemy import Boolean, Column, ForeignKey, Index, LargeBinary, Table, text

from comity.store.columns import BIG, MUTABLE, TEXT, metadata

HEAD = "0001"
METADATA = metadata()


def _mac() -> Column[bytes]:
    return Column("mac", LargeBinary, nullable=False)


VOID = text("state = 'void'")

nameplate = Table("nameplate", METADATA, Column("name", TEXT, primary_key=True))

cursor = Table(
    "cursor",
    METADATA,
    Column("name", TEXT, primary_key=True),
    Column("n", BIG, nullable=False),
    _mac(),
)
"""How far into the house log the follower has decided, and how far it has asked again what is withheld."""

decision = Table(
    "decision",
    METADATA,
    Column("pos", BIG, primary_key=True, autoincrement=False),
    Column("did", TEXT, nullable=False, unique=True),
    Column("class", BIG, nullable=False),
    Column("question", TEXT, nullable=False),
    Column("outcome", TEXT, nullable=False),
    Column("cites", TEXT, nullable=False),
    Column("good_until", BIG),
    Column("bytes", LargeBinary, nullable=False),
    _mac(),
    Index(None, "question"),
    Index(None, "good_until"),
)

outcome = Table(
    "outcome",
    METADATA,
    Column("batch", BIG, primary_key=True, autoincrement=False),
    Column("pos", BIG, primary_key=True, autoincrement=False),
    Column("rid", TEXT, nullable=False),
    Column("did", TEXT, ForeignKey("decision.did"), nullable=False),
    Column("outcome", TEXT, nullable=False),
    Index(None, "rid"),
)

body = Table(
    "body",
    METADATA,
    Column("bid", TEXT, primary_key=True),
    Column("bytes", LargeBinary, nullable=False),
    Column("state", TEXT, nullable=False),
)

release = Table(
    "release",
    METADATA,
    Column("view", TEXT, primary_key=True),
    Column("seq", BIG, primary_key=True, autoincrement=False),
    Column("handle", TEXT, nullable=False),
    Column("rid", TEXT, nullable=False),
    Column("copy", TEXT, ForeignKey("body.bid"), nullable=False),
    Column("did", TEXT, ForeignKey("decision.did"), nullable=False),
    Column("kind", TEXT, nullable=False),
    Column("ext_id", TEXT, nullable=False),
    Column("ext_ver", TEXT, nullable=False),
    Column("added", BIG, nullable=False),
    Column("state", TEXT, nullable=False),
    Column("batch", BIG, nullable=False),
    Column("valid_until", BIG),
    _mac(),
    Index(None, "handle"),
    Index(None, "rid", "view"),
    Index(None, "batch"),
    Index("ix_release_void", "view", "seq", sqlite_where=VOID, postgresql_where=VOID),
)

waiting = Table(
    "waiting",
    METADATA,
    Column("rid", TEXT, primary_key=True),
    Column("view", TEXT, primary_key=True),
    Column("pos", BIG, primary_key=True, autoincrement=False),
    Column("target", TEXT, nullable=False),
    Column("did", TEXT, ForeignKey("decision.did"), nullable=False),
    _mac(),
    Index(None, "view", "target"),
)
"""One row for each thing a record waits for."""

refused = Table(
    "refused",
    METADATA,
    Column("id", TEXT, primary_key=True),
    Column("kind", TEXT, nullable=False),
    Column("handle", TEXT, nullable=False),
    Column("code", TEXT, nullable=False),
    Column("lane", TEXT, nullable=False),
    Column("epoch", BIG, nullable=False),
    Column("seq", BIG, nullable=False),
    Column("at", BIG, nullable=False),
    Column("state", TEXT, nullable=False),
    _mac(),
)
"""What the partner refused and has not taken since."""

outbox = Table(
    "outbox",
    METADATA,
    Column("mode", TEXT, primary_key=True),
    Column("lane", TEXT, primary_key=True),
    Column("epoch", BIG, primary_key=True, autoincrement=False),
    Column("seq", BIG, primary_key=True, autoincrement=False),
    Column("digest", TEXT, nullable=False, unique=True),
    Column("bid", TEXT, ForeignKey("body.bid"), nullable=False),
    Column("version", BIG, nullable=False),
    Column("leaf_from", BIG, nullable=False),
    Column("state", TEXT, nullable=False),
    Column("receipt", LargeBinary),
    Column("next_at", BIG, nullable=False, info={MUTABLE: True}),
    Column("attempts", BIG, nullable=False, info={MUTABLE: True}),
    _mac(),
    Index(None, "lane", "state", "epoch", "seq"),
)

inbox = Table(
    "inbox",
    METADATA,
    Column("mode", TEXT, primary_key=True),
    Column("lane", TEXT, primary_key=True),
    Column("epoch", BIG, primary_key=True, autoincrement=False),
    Column("seq", BIG, primary_key=True, autoincrement=False),
    Column("digest", TEXT, nullable=False, unique=True),
    Column("bid", TEXT, ForeignKey("body.bid"), nullable=False),
    Column("state", TEXT, nullable=False),
    Column("at", BIG, nullable=False),
    Column("receipt", LargeBinary),
    _mac(),
    Index(None, "state"),
)

leaf = Table(
    "leaf",
    METADATA,
    Column("log", TEXT, primary_key=True),
    Column("n", BIG, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
)
"""Leaves by log and index, from 0: "out" and "decisions" are ours, "in" mirrors the partner's and may have gaps."""

stack = Table(
    "stack",
    METADATA,
    Column("log", TEXT, primary_key=True),
    Column("size", BIG, nullable=False),
    Column("peaks", LargeBinary, nullable=False),
)

checkpoint = Table(
    "checkpoint",
    METADATA,
    Column("log", TEXT, primary_key=True),
    Column("size", BIG, primary_key=True, autoincrement=False),
    Column("note", LargeBinary, nullable=False),
    Column("cosigned", Boolean(name="cosigned"), nullable=False),
    _mac(),
)

duty = Table(
    "duty",
    METADATA,
    Column("id", TEXT, primary_key=True),
    Column("duty", TEXT, nullable=False),
    Column("article", TEXT, nullable=False),
    Column("actor", TEXT, nullable=False),
    Column("trigger", BIG, nullable=False),
    Column("due", BIG),
    Column("time", TEXT),
    Column("about", TEXT, nullable=False),
    Column("state", TEXT, nullable=False),
    Column("params", TEXT, nullable=False),
    Column("evidence", TEXT),
    Column("kind", TEXT),
    Column("proof", TEXT, ForeignKey("body.bid")),
    Column("settled", BIG),
    _mac(),
    Index(None, "state", "due"),
)
"""`params` is canonical JSON, a list of pairs."""

case = Table(
    "case",
    METADATA,
    Column("kind", TEXT, primary_key=True),
    Column("id", TEXT, primary_key=True),
    Column("version", BIG, nullable=False),
    Column("state", TEXT, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    _mac(),
)
