"""Find accounts by their recovery codes"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_recovery_codes_hash", "recovery_codes", ["code_hash"])


def downgrade() -> None:
    op.drop_index("ix_recovery_codes_hash", "recovery_codes")
