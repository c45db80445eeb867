"""The table of `keys.db`: wrapped keys of sealed bodies, of the house and of every agreement."""

from sqlalchemy import Column, LargeBinary, Table

from comity.store.columns import TEXT, metadata

HEAD = "0001"
METADATA = metadata()

nameplate = Table("nameplate", METADATA, Column("name", TEXT, primary_key=True))

key = Table(
    "key",
    METADATA,
    Column("bid", TEXT, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
)

doomed = Table("doomed", METADATA, Column("bid", TEXT, primary_key=True))
"""Bodies that a transaction of their store is about to destroy: their keys go once it is committed."""
