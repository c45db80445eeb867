"""agreements/<id>.db as first released."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "body",
        sa.Column("bid", sa.Text(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("bid", name=op.f("pk_body")),
    )
    op.create_table(
        "case",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_case")),
    )
    op.create_table(
        "checkpoint",
        sa.Column("log", sa.Text(), nullable=False),
        sa.Column("size", BIG, autoincrement=False, nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("cosigned", sa.Boolean(name="cosigned"), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("log", "size", name=op.f("pk_checkpoint")),
    )
    op.create_table(
        "cursor",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("n", BIG, nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cursor")),
    )
    op.create_table(
        "decision",
        sa.Column("pos", BIG, autoincrement=False, nullable=False),
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("class", BIG, nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("cites", sa.Text(), nullable=False),
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
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("due", BIG, nullable=True),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
    )
    op.create_index(op.f("ix_duty_state_due"), "duty", ["state", "due"], unique=False)
    op.create_table(
        "leaf",
        sa.Column("log", sa.Text(), nullable=False),
        sa.Column("n", BIG, autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("log", "n", name=op.f("pk_leaf")),
    )
    op.create_table(
        "nameplate",
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_nameplate")),
    )
    op.create_table(
        "stack",
        sa.Column("log", sa.Text(), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("peaks", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("log", name=op.f("pk_stack")),
    )
    op.create_table(
        "inbox",
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("epoch", BIG, autoincrement=False, nullable=False),
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("bid", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
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
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("epoch", BIG, autoincrement=False, nullable=False),
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("bid", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
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
        sa.Column("rid", sa.Text(), nullable=False),
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["did"], ["decision.did"], name=op.f("fk_outcome_did")),
        sa.PrimaryKeyConstraint("batch", "pos", name=op.f("pk_outcome")),
    )
    op.create_index(op.f("ix_outcome_rid"), "outcome", ["rid"], unique=False)
    op.create_table(
        "release",
        sa.Column("view", sa.Text(), nullable=False),
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("rid", sa.Text(), nullable=False),
        sa.Column("copy", sa.Text(), nullable=False),
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ext_id", sa.Text(), nullable=False),
        sa.Column("ext_ver", sa.Text(), nullable=False),
        sa.Column("added", BIG, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("batch", BIG, nullable=False),
        sa.Column("valid_until", BIG, nullable=True),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["copy"], ["body.bid"], name=op.f("fk_release_copy")),
        sa.ForeignKeyConstraint(["did"], ["decision.did"], name=op.f("fk_release_did")),
        sa.PrimaryKeyConstraint("view", "seq", name=op.f("pk_release")),
    )
    op.create_index(op.f("ix_release_batch"), "release", ["batch"], unique=False)
    op.create_index(op.f("ix_release_handle"), "release", ["handle"], unique=False)
    op.create_index(op.f("ix_release_rid"), "release", ["rid"], unique=False)
    op.create_index(op.f("ix_release_view_ext_id"), "release", ["view", "ext_id"], unique=False)
    op.create_table(
        "waiting",
        sa.Column("rid", sa.Text(), nullable=False),
        sa.Column("view", sa.Text(), nullable=False),
        sa.Column("pos", BIG, autoincrement=False, nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["did"], ["decision.did"], name=op.f("fk_waiting_did")),
        sa.PrimaryKeyConstraint("rid", "view", "pos", name=op.f("pk_waiting")),
    )
    op.create_index(op.f("ix_waiting_view_target"), "waiting", ["view", "target"], unique=False)
