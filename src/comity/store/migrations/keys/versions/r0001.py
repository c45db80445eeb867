"""keys.db as first released."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "key",
        sa.Column("bid", TEXT, nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("bid", name=op.f("pk_key")),
    )
    op.create_table(
        "doomed",
        sa.Column("bid", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("bid", name=op.f("pk_doomed")),
    )
    op.create_table(
        "nameplate",
        sa.Column("name", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_nameplate")),
    )
