"""Log what songs are chosen from, and what faces showed after them"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "choices",
        sa.Column("play_id", _ID, nullable=False),
        sa.Column("content", sa.LargeBinary(length=65535), nullable=False),
        sa.ForeignKeyConstraint(["play_id"], ["plays.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("play_id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "goal_preferences",
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("emotion", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("goal", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "emotion"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    # added in place, not by copying the table: rows that point to it must stay
    op.add_column("plays", sa.Column("banned", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("plays", sa.Column("fed_at", sa.BigInteger(), nullable=True))
    op.create_index("ix_plays_fed", "plays", ["fed_at"])
    op.add_column("songs", sa.Column("measured", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("songs", sa.Column("felt_valence", sa.Double(), nullable=False, server_default="0"))
    op.add_column("songs", sa.Column("felt_arousal", sa.Double(), nullable=False, server_default="0"))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: `feeling db restore`.")
