"""Tables of `house.db`. Bytes of content stand in `body` only."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, LargeBinary, Table

from comity.store.columns import BIG, TEXT, metadata

HEAD = "0001"
METADATA = metadata()

nameplate = Table(
    "nameplate",
    METADATA,
    Column("name", TEXT, primary_key=True),
)
"""One row: which store this file is, so that two files cannot be exchanged."""

log = Table(
    "log",
    METADATA,
    Column("n", BIG, primary_key=True, autoincrement=False),
    Column("entry", TEXT, nullable=False),
    Column("by", TEXT, nullable=False),
    Column("at", BIG, nullable=False),
)
"""The house log: `entry` is canonical JSON. `n` starts at 1; leaf `n` covers the whole line."""

leaf = Table(
    "leaf",
    METADATA,
    Column("n", BIG, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
)

stack = Table(
    "stack",
    METADATA,
    Column("log", TEXT, primary_key=True),
    Column("size", BIG, nullable=False),
    Column("peaks", LargeBinary, nullable=False),
)
"""Where a tree stands: its size and the roots of its complete subtrees, so that opening hashes nothing."""

body = Table(
    "body",
    METADATA,
    Column("bid", TEXT, primary_key=True),
    Column("bytes", LargeBinary, nullable=False),
    Column("state", TEXT, nullable=False),
)
"""`state` is clear, sealed or destroyed; a sealed body's key is in keys.db."""

class_ = Table(
    "class",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("canonical", TEXT, nullable=False, unique=True),
    Column("mac", LargeBinary, nullable=False),
)

statement = Table(
    "statement",
    METADATA,
    Column("sid", TEXT, primary_key=True),
    Column("bytes", LargeBinary, nullable=False),
)
"""`sid` is the SHA-256, in hex, of `bytes`."""

record = Table(
    "record",
    METADATA,
    Column("rid", TEXT, primary_key=True),
    Column("identity", TEXT, nullable=False, unique=True),
    Column("kind", TEXT, nullable=False),
    Column("source", TEXT, nullable=False),
    Column("ext_id", TEXT, nullable=False),
    Column("ext_ver", TEXT, nullable=False),
    Column("bid", TEXT, ForeignKey("body.bid"), nullable=False),
    Column("class", BIG, ForeignKey("class.id"), nullable=False),
    Column("state", TEXT, nullable=False),
    Column("n", BIG, ForeignKey("log.n"), nullable=False, unique=True),
    Column("handle", TEXT, unique=True),
    Column("sid", TEXT, ForeignKey("statement.sid")),
    Column("proof", LargeBinary),
    Column("why", TEXT),
    Index(None, "ext_id", "source", "ext_ver"),
    Index(None, "state", "n"),
)
"""`n` is the log line that last said what the record is: taken, or relabelled.

Only `identity` and `ext_id` are met in any order; every other index, here and over these ids, grows at its end.
"""

edge = Table(
    "edge",
    METADATA,
    Column("rid", TEXT, ForeignKey("record.rid"), primary_key=True),
    Column("pos", BIG, primary_key=True, autoincrement=False),
    Column("role", TEXT, nullable=False),
    Column("target", TEXT, nullable=False),
    Column("single", Boolean(name="single"), nullable=False),
    Column("marking", Boolean(name="marking"), nullable=False),
)

fact = Table(
    "fact",
    METADATA,
    Column("fid", TEXT, primary_key=True),
    Column("kind", TEXT, nullable=False),
    Column("scope", TEXT, nullable=False),
    Column("valid_from", BIG, nullable=False),
    Column("valid_until", BIG),
    Column("bytes", LargeBinary, nullable=False),
    Column("n", BIG, ForeignKey("log.n"), nullable=False, unique=True),
    Index(None, "kind", "scope", "n"),
)
