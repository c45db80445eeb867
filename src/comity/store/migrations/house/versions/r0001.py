"""house.db as first released."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "body",
        sa.Column("bid", TEXT, nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("bid", name=op.f("pk_body")),
    )
    op.create_table(
        "class",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("canonical", TEXT, nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class")),
        sa.UniqueConstraint("canonical", name=op.f("uq_class_canonical")),
    )
    op.create_table(
        "leaf",
        sa.Column("n", BIG, autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_leaf")),
    )
    op.create_table(
        "log",
        sa.Column("n", BIG, autoincrement=False, nullable=False),
        sa.Column("entry", TEXT, nullable=False),
        sa.Column("by", TEXT, nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_log")),
    )
    op.create_table(
        "nameplate",
        sa.Column("name", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_nameplate")),
    )
    op.create_table(
        "stack",
        sa.Column("log", TEXT, nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("peaks", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("log", name=op.f("pk_stack")),
    )
    op.create_table(
        "statement",
        sa.Column("sid", TEXT, nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_statement")),
    )
    op.create_table(
        "fact",
        sa.Column("fid", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("scope", TEXT, nullable=False),
        sa.Column("valid_from", BIG, nullable=False),
        sa.Column("valid_until", BIG, nullable=True),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.Column("n", BIG, nullable=False),
        sa.ForeignKeyConstraint(["n"], ["log.n"], name=op.f("fk_fact_n")),
        sa.PrimaryKeyConstraint("fid", name=op.f("pk_fact")),
        sa.UniqueConstraint("n", name=op.f("uq_fact_n")),
    )
    op.create_index(op.f("ix_fact_kind_scope_n"), "fact", ["kind", "scope", "n"], unique=False)
    op.create_table(
        "record",
        sa.Column("rid", TEXT, nullable=False),
        sa.Column("identity", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("ext_id", TEXT, nullable=False),
        sa.Column("ext_ver", TEXT, nullable=False),
        sa.Column("bid", TEXT, nullable=False),
        sa.Column("class", BIG, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("n", BIG, nullable=False),
        sa.Column("handle", TEXT, nullable=True),
        sa.Column("sid", TEXT, nullable=True),
        sa.Column("proof", sa.LargeBinary(), nullable=True),
        sa.Column("why", TEXT, nullable=True),
        sa.ForeignKeyConstraint(["bid"], ["body.bid"], name=op.f("fk_record_bid")),
        sa.ForeignKeyConstraint(["class"], ["class.id"], name=op.f("fk_record_class")),
        sa.ForeignKeyConstraint(["n"], ["log.n"], name=op.f("fk_record_n")),
        sa.ForeignKeyConstraint(["sid"], ["statement.sid"], name=op.f("fk_record_sid")),
        sa.PrimaryKeyConstraint("rid", name=op.f("pk_record")),
        sa.UniqueConstraint("handle", name=op.f("uq_record_handle")),
        sa.UniqueConstraint("identity", name=op.f("uq_record_identity")),
        sa.UniqueConstraint("n", name=op.f("uq_record_n")),
    )
    op.create_index(op.f("ix_record_ext_id_source_ext_ver"), "record", ["ext_id", "source", "ext_ver"], unique=False)
    op.create_index(op.f("ix_record_state_n"), "record", ["state", "n"], unique=False)
    op.create_table(
        "edge",
        sa.Column("rid", TEXT, nullable=False),
        sa.Column("pos", BIG, autoincrement=False, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.Column("single", sa.Boolean(name="single"), nullable=False),
        sa.Column("marking", sa.Boolean(name="marking"), nullable=False),
        sa.ForeignKeyConstraint(["rid"], ["record.rid"], name=op.f("fk_edge_rid")),
        sa.PrimaryKeyConstraint("rid", "pos", name=op.f("pk_edge")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE body ALTER COLUMN bytes SET STORAGE EXTERNAL")  # sealed bytes do not shrink
