"""The table of `keys.db`: wrapped keys of sealed bodies, of the house and of every agreement."""

from sqlalchemy import Column, LargeBinary, Table, Text

from comity.store.columns import metadata

HEAD = "0001"
METADATA = metadata()

nameplate = Table("nameplate", METADATA, Column("name", Text, primary_key=True))

key = Table(
    "key",
    METADATA,
    Column("bid", Text, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
)
