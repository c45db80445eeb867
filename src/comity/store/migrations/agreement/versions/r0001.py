"""agreements/<id>.db as first released."""

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
        "case",
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_case")),
    )
    op.create_table(
        "checkpoint",
        sa.Column("log", TEXT, nullable=False),
        sa.Column("size", BIG, autoincrement=False, nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("cosigned", sa.Boolean(name="cosigned"), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("log", "size", name=op.f("pk_checkpoint")),
    )
    op.create_table(
        "cursor",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("n", BIG, nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cursor")),
    )
    op.create_table(
        "decision",
        sa.Column("pos", BIG, autoincrement=False, nullable=False),
        sa.Column("did", TEXT, nullable=False),
        sa.Column("class", BIG, nullable=False),
        sa.Column("question", TEXT, nullable=False),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("cites", TEXT, nullable=False),
        sa.Column("good_until", BIG, nullable=True),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("pos", name=op.f("pk_decision")),
        sa.UniqueConstraint("did", name=op.f("uq_decision_did")),
    )
    op.create_index(op.f("ix_decision_good_until"), "decision", ["good_until"], unique=False)
    op.create_index(op.f("ix_decision_question"), "decision", ["question"], unique=False)
    op.create_table(
        "duty",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("duty", TEXT, nullable=False),
        sa.Column("article", TEXT, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("trigger", BIG, nullable=False),
        sa.Column("due", BIG, nullable=True),
        sa.Column("time", TEXT, nullable=True),
        sa.Column("about", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("params", TEXT, nullable=False),
        sa.Column("evidence", TEXT, nullable=True),
        sa.Column("kind", TEXT, nullable=True),
        sa.Column("proof", TEXT, nullable=True),
        sa.Column("settled", BIG, nullable=True),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["proof"], ["body.bid"], name=op.f("fk_duty_proof")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
    )
    op.create_index(op.f("ix_duty_state_due"), "duty", ["state", "due"], unique=False)
    op.create_table(
        "leaf",
        sa.Column("log", TEXT, nullable=False),
        sa.Column("n", BIG, autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("log", "n", name=op.f("pk_leaf")),
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
        "refused",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("handle", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("lane", TEXT, nullable=False),
        sa.Column("epoch", BIG, nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused")),
    )
    op.create_table(
        "inbox",
        sa.Column("mode", TEXT, nullable=False),
        sa.Column("lane", TEXT, nullable=False),
        sa.Column("epoch", BIG, autoincrement=False, nullable=False),
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("bid", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("receipt", sa.LargeBinary(), nullable=True),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["bid"], ["body.bid"], name=op.f("fk_inbox_bid")),
        sa.PrimaryKeyConstraint("mode", "lane", "epoch", "seq", name=op.f("pk_inbox")),
        sa.UniqueConstraint("digest", name=op.f("uq_inbox_digest")),
    )
    op.create_index(op.f("ix_inbox_state"), "inbox", ["state"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("mode", TEXT, nullable=False),
        sa.Column("lane", TEXT, nullable=False),
        sa.Column("epoch", BIG, autoincrement=False, nullable=False),
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("bid", TEXT, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("leaf_from", BIG, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("receipt", sa.LargeBinary(), nullable=True),
        sa.Column("next_at", BIG, nullable=False),
        sa.Column("attempts", BIG, nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["bid"], ["body.bid"], name=op.f("fk_outbox_bid")),
        sa.PrimaryKeyConstraint("mode", "lane", "epoch", "seq", name=op.f("pk_outbox")),
        sa.UniqueConstraint("digest", name=op.f("uq_outbox_digest")),
    )
    op.create_index(op.f("ix_outbox_lane_state_epoch_seq"), "outbox", ["lane", "state", "epoch", "seq"], unique=False)
    op.create_table(
        "outcome",
        sa.Column("batch", BIG, autoincrement=False, nullable=False),
        sa.Column("pos", BIG, autoincrement=False, nullable=False),
        sa.Column("rid", TEXT, nullable=False),
        sa.Column("did", TEXT, nullable=False),
        sa.Column("outcome", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["did"], ["decision.did"], name=op.f("fk_outcome_did")),
        sa.PrimaryKeyConstraint("batch", "pos", name=op.f("pk_outcome")),
    )
    op.create_index(op.f("ix_outcome_rid"), "outcome", ["rid"], unique=False)
    op.create_table(
        "release",
        sa.Column("view", TEXT, nullable=False),
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("handle", TEXT, nullable=False),
        sa.Column("rid", TEXT, nullable=False),
        sa.Column("copy", TEXT, nullable=False),
        sa.Column("did", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("ext_id", TEXT, nullable=False),
        sa.Column("ext_ver", TEXT, nullable=False),
        sa.Column("added", BIG, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("batch", BIG, nullable=False),
        sa.Column("valid_until", BIG, nullable=True),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["copy"], ["body.bid"], name=op.f("fk_release_copy")),
        sa.ForeignKeyConstraint(["did"], ["decision.did"], name=op.f("fk_release_did")),
        sa.PrimaryKeyConstraint("view", "seq", name=op.f("pk_release")),
    )
    op.create_index(op.f("ix_release_batch"), "release", ["batch"], unique=False)
    op.create_index(op.f("ix_release_handle"), "release", ["handle"], unique=False)
    op.create_index(
        op.f("ix_release_void"),
        "release",
        ["view", "seq"],
        unique=False,
        sqlite_where=sa.text("state = 'void'"),
        postgresql_where=sa.text("state = 'void'"),
    )
    op.create_index(op.f("ix_release_rid_view"), "release", ["rid", "view"], unique=False)
    op.create_table(
        "waiting",
        sa.Column("rid", TEXT, nullable=False),
        sa.Column("view", TEXT, nullable=False),
        sa.Column("pos", BIG, autoincrement=False, nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.Column("did", TEXT, nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["did"], ["decision.did"], name=op.f("fk_waiting_did")),
        sa.PrimaryKeyConstraint("rid", "view", "pos", name=op.f("pk_waiting")),
    )
    op.create_index(op.f("ix_waiting_view_target"), "waiting", ["view", "target"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE body ALTER COLUMN bytes SET STORAGE EXTERNAL")  # sealed bytes do not shrink
