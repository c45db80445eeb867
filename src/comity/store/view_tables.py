"""Tables of `views/<store>.db`: the rows that views serve, an index over what house and agreements hold.

All of it but `posted` can be made again from them. Of content only bytes that are stored clear anyway stand here once
more, beside their row: a page of them is one walk. What is sealed stays in its body.
"""

from sqlalchemy import Column, Index, LargeBinary, Table

from comity.store.columns import BIG, TEXT, metadata

HEAD = "0001"
METADATA = metadata()

nameplate = Table("nameplate", METADATA, Column("name", TEXT, primary_key=True))

view = Table(
    "view",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("name", TEXT, nullable=False, unique=True),
    Column("terms", TEXT, nullable=False),
    Column("seq", BIG, nullable=False),
    Column("added", BIG, nullable=False),
    Column("upto", BIG, nullable=False),
    Column("again", BIG, nullable=False),
    Column("until", BIG, nullable=False),
    Column("gone", BIG, nullable=False),
    Column("good_until", BIG),
)
"""`seq` and `added` are the last that were given out; `upto` is how far the view's source was read. What lies between
`again` and `until` is asked once more. `gone` counts what left at the source, `terms` is what the answers rest on,
`good_until` when one of them may change by itself."""

shown = Table(
    "shown",
    METADATA,
    Column("view", BIG, primary_key=True, autoincrement=False),
    Column("rank", BIG, primary_key=True, autoincrement=False),
    Column("seq", BIG, primary_key=True, autoincrement=False),
    Column("ext_id", TEXT, nullable=False),
    Column("type", TEXT, nullable=False),
    Column("version", TEXT, nullable=False),
    Column("place", TEXT, nullable=False),
    Column("spec", TEXT, nullable=False),
    Column("added", BIG, nullable=False),
    Column("rid", TEXT, nullable=False),
    Column("bid", TEXT, nullable=False),
    Column("why", TEXT, nullable=False),
    Column("raw", LargeBinary),
    Index(None, "view", "type", "rank", "seq"),
    Index(None, "view", "ext_id", "rank", "place"),
    Index(None, "view", "place", "seq"),
    Index(None, "view", "added"),
)
"""`place` orders the versions of one thing as instants; `rank` is 1 for the last of them, 2 for the first, 3 for the
only one, else 0. The last of everything, which most ask for, is two walks by the key that are merged. In SQLite the
rows lie as they were added, beside their key: in a tree of whole rows each step down would read whole things."""

seen = Table(
    "seen",
    METADATA,
    Column("view", BIG, primary_key=True, autoincrement=False),
    Column("key", BIG, primary_key=True, autoincrement=False),
    Column("seq", BIG, primary_key=True, autoincrement=False),
    Index(None, "view", "seq"),
    sqlite_with_rowid=False,
)
"""Under which keyed digests the rows of a view are found by people who look for something."""

posted = Table(
    "posted",
    METADATA,
    Column("id", TEXT, primary_key=True),
    Column("part", BIG, primary_key=True, autoincrement=False),
    Column("by", TEXT, nullable=False),
    Column("at", BIG, nullable=False),
    Column("upto", BIG, nullable=False),
    Column("unread", BIG, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    Index(None, "unread", "at"),
)
"""What became of each part of a post: `bytes` are its verdicts, `upto` the line of the house log that ends its waiting,
`unread` how many of its things are still to be read."""
