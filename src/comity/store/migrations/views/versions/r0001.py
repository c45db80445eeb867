"""Tables of `views/<store>.db`."""

import sqlalchemy as sa
from alembic import op

from comity.store.columns import BIG, TEXT

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "nameplate",
        sa.Column("name", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_nameplate")),
    )
    op.create_table(
        "view",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("terms", TEXT, nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("added", BIG, nullable=False),
        sa.Column("upto", BIG, nullable=False),
        sa.Column("again", BIG, nullable=False),
        sa.Column("until", BIG, nullable=False),
        sa.Column("gone", BIG, nullable=False),
        sa.Column("good_until", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_view")),
        sa.UniqueConstraint("name", name=op.f("uq_view_name")),
    )
    op.create_table(
        "shown",
        sa.Column("view", BIG, autoincrement=False, nullable=False),
        sa.Column("rank", BIG, autoincrement=False, nullable=False),
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("ext_id", TEXT, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("version", TEXT, nullable=False),
        sa.Column("place", TEXT, nullable=False),
        sa.Column("spec", TEXT, nullable=False),
        sa.Column("added", BIG, nullable=False),
        sa.Column("rid", TEXT, nullable=False),
        sa.Column("bid", TEXT, nullable=False),
        sa.Column("why", TEXT, nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("view", "rank", "seq", name=op.f("pk_shown")),
    )
    for columns in (
        ["view", "type", "rank", "seq"],
        ["view", "ext_id", "rank", "place"],
        ["view", "place", "seq"],
        ["view", "added"],
    ):
        op.create_index(op.f(f"ix_shown_{'_'.join(columns)}"), "shown", columns, unique=False)
    op.create_table(
        "seen",
        sa.Column("view", BIG, autoincrement=False, nullable=False),
        sa.Column("key", BIG, autoincrement=False, nullable=False),
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("view", "key", "seq", name=op.f("pk_seen")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_seen_view_seq"), "seen", ["view", "seq"], unique=False)
    op.create_table(
        "posted",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("part", BIG, autoincrement=False, nullable=False),
        sa.Column("by", TEXT, nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("upto", BIG, nullable=False),
        sa.Column("unread", BIG, nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", "part", name=op.f("pk_posted")),
    )
    op.create_index(op.f("ix_posted_unread_at"), "posted", ["unread", "at"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE shown ALTER COLUMN raw SET STORAGE EXTERNAL")  # read far more often than written
