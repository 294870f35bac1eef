"""Index the words of songs"""

import sqlalchemy as sa
from alembic import op

from feeling_manager.service.songs.search import words_of

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_PAGE = 1000


def upgrade() -> None:
    words = op.create_table(
        "song_words",
        # a range of letters is a range of the index only where letters sort by their numbers
        sa.Column(
            "word", sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("song_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["song_id"], ["songs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("word", "song_id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_index("ix_song_words_song", "song_words", ["song_id", "word"])
    _fill(words)
    # in place, not by copying the table: rows that point to it must stay
    op.drop_column("songs", "words")


def _fill(words: sa.Table) -> None:
    songs = sa.table("songs", sa.column("id", sa.String), sa.column("words", sa.Text), sa.column("draw", sa.Double))
    connection, after = op.get_bind(), ""
    while True:
        query = sa.select(songs).where(songs.c.id > after, songs.c.draw.is_not(None)).order_by(songs.c.id)
        rows = connection.execute(query.limit(_PAGE)).all()
        if not rows:
            return
        after = rows[-1].id
        found = [{"word": word, "song_id": row.id} for row in rows for word in sorted(words_of(row.words))]
        if found:
            connection.execute(sa.insert(words), found)


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: `feeling db restore`.")
