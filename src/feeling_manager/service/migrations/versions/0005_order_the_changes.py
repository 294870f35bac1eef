"""Put an account's changes into one order; split spells at midnight; forget what no player measured"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OPTIONS: dict[str, Any] = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}
_PAGE = 500
# as they were when this was written, by id: name, valence, arousal
_EMOTIONS = {
    0: ("neutral", 0.0, 0.0),
    1: ("anger", -0.51, 0.59),
    2: ("fear", -0.64, 0.60),
    3: ("happiness", 0.81, 0.51),
    4: ("sadness", -0.63, -0.27),
    5: ("surprise", 0.40, 0.67),
    6: ("disgust", -0.60, 0.35),
    7: ("contempt", -0.60, 0.35),
}


def upgrade() -> None:
    op.create_table(
        "database_identity",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("relearn", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        **_OPTIONS,
    )
    op.create_table(
        "changes",
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("sequence", _ID, nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("edited_at", sa.BigInteger(), nullable=False),
        sa.Column("operation", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "kind", "key"),
        **_OPTIONS,
    )
    op.create_index("ix_changes_user_sequence", "changes", ["user_id", "sequence"])
    op.create_table(
        "ended_sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash"),
        **_OPTIONS,
    )
    op.create_index("ix_ended_sessions_expires", "ended_sessions", ["expires_at"])
    # added in place, not by copying the table: rows that point to it must stay
    op.add_column("users", sa.Column("sequence", _ID, nullable=False, server_default="0"))
    op.add_column("users", sa.Column("pruned_until", _ID, nullable=False, server_default="0"))
    op.add_column("users", sa.Column("device_key", sa.LargeBinary(length=32), nullable=True))
    op.add_column("spells", sa.Column("read_valence", sa.Double(), nullable=True))
    op.add_column("spells", sa.Column("read_arousal", sa.Double(), nullable=True))
    op.add_column("plays", sa.Column("uuid", sa.Uuid(), nullable=True))
    op.add_column("plays", sa.Column("opened_at", sa.BigInteger(), nullable=True))
    op.add_column("plays", sa.Column("source", sa.String(length=16), nullable=True))
    op.add_column("plays", sa.Column("seconds", sa.Double(), nullable=True))
    op.add_column("plays", sa.Column("duration", sa.Double(), nullable=True))
    op.add_column("plays", sa.Column("ended", sa.Boolean(), nullable=True))
    connection = op.get_bind()
    tables = {name: _table(connection, name) for name in _TYPES}
    known = connection.execute(sa.select(tables["users"].c.id).limit(1)).first() is not None
    identity = tables["database_identity"]
    connection.execute(sa.insert(identity).values(id=1, uuid=uuid4(), relearn=known))
    _name_plays(connection, tables["plays"])
    op.create_index("ix_plays_uuid", "plays", ["user_id", "uuid"], unique=True)
    for user in connection.execute(sa.select(tables["users"])).mappings().all():
        _mend_days(connection, tables, user)
        _untick(connection, tables["genre_preferences"], user)
        _order(connection, tables, user["id"])
    _forget_unmeasured(connection, tables["plays"])


_TYPES: dict[str, dict[str, Any]] = {
    "database_identity": {"uuid": sa.Uuid()},
    "changes": {"operation": sa.Uuid()},
    "users": {"sums_until": sa.Date()},
    "spells": {"uuid": sa.Uuid()},
    "entries": {"uuid": sa.Uuid()},
    "plays": {"uuid": sa.Uuid()},
    "day_sums": {"day": sa.Date()},
    "bans": {},
    "genre_preferences": {},
    "goal_preferences": {},
}


def _table(connection: sa.Connection, name: str) -> sa.Table:
    table = sa.Table(name, sa.MetaData(), autoload_with=connection, resolve_fks=False)
    for column in table.c:
        # MySQL's come as decimals of ten digits
        column.type = sa.Double() if isinstance(column.type, sa.Numeric | sa.Float) else column.type
    for key, kind in _TYPES[name].items():
        table.c[key].type = kind
    return table


def _pages(connection: sa.Connection, query: Any, number: Any) -> Iterator[list[Any]]:
    after = 0
    while rows := list(connection.execute(query.where(number > after).order_by(number).limit(_PAGE)).mappings()):
        yield rows
        after = rows[-1]["id"]


def _name_plays(connection: sa.Connection, plays: sa.Table) -> None:
    """Every play gets an id that devices know it by."""
    change = sa.update(plays).where(plays.c.id == sa.bindparam("number")).values(uuid=sa.bindparam("name"))
    for rows in _pages(connection, sa.select(plays.c.id), plays.c.id):
        connection.execute(change, [{"number": row["id"], "name": uuid4()} for row in rows])


def _mend_days(connection: sa.Connection, tables: dict[str, sa.Table], user: Any) -> None:
    """A spell counts in each day by its seconds, and as what the person said it was."""
    spells, zone = tables["spells"], ZoneInfo(user["zone"])
    moved: dict[tuple[date, int], list[float]] = defaultdict(lambda: [0, 0.0, 0.0, 0.0])
    query = sa.select(spells).where(spells.c.user_id == user["id"])
    for rows in _pages(connection, query, spells.c.id):
        for row in rows:
            parts = _parts(row["start"], row["end"], zone)
            corrected = row["read_emotion"] is not None
            if len(parts) == 1 and not corrected:
                continue
            valence, arousal = row["valence"], row["arousal"]
            if corrected:
                _, valence, arousal = _EMOTIONS[row["emotion"]]
                values = {"valence": valence, "arousal": arousal}
                values |= {"read_valence": row["valence"], "read_arousal": row["arousal"]}
                connection.execute(sa.update(spells).where(spells.c.id == row["id"]).values(values))
            _add(moved[parts[0][0], row["emotion"]], row, row["start"] - row["end"], row["valence"], row["arousal"])
            for day, millis in parts:
                _add(moved[day, row["emotion"]], row, millis, valence, arousal)
    sums = tables["day_sums"]
    for (day, emotion), change in moved.items():
        if user["sums_until"] is not None and day < user["sums_until"]:
            continue
        named = dict(zip(("millis", "unclear", "valence", "arousal"), change, strict=True))
        here = (sums.c.user_id == user["id"]) & (sums.c.day == day) & (sums.c.emotion == emotion)
        added = {name: sums.c[name] + value for name, value in named.items()}
        if not connection.execute(sa.update(sums).where(here).values(added)).rowcount:
            rest = {"spells": 0, "entries": 0, "plays": 0}
            new = {"user_id": user["id"], "day": day, "emotion": emotion} | named | rest
            connection.execute(sa.insert(sums).values(new))


def _add(change: list[float], row: Any, millis: int, valence: float, arousal: float) -> None:
    for place, value in enumerate((1, row["unclear_share"], valence, arousal)):
        change[place] += millis * value


def _parts(start: int, end: int, zone: ZoneInfo) -> list[tuple[date, int]]:
    """The days of a spell with its milliseconds in each."""
    found, epoch = [], datetime(1970, 1, 1, tzinfo=UTC)
    while start < end:
        day = (epoch + timedelta(milliseconds=start)).astimezone(zone).date()
        midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone).astimezone(UTC)
        until = min(end, (midnight - epoch) // timedelta(milliseconds=1))
        found.append((day, until - start))
        start = until
    return found or [((epoch + timedelta(milliseconds=end)).astimezone(zone).date(), 0)]


def _untick(connection: sa.Connection, preferences: sa.Table, user: Any) -> None:
    """Takes the default of the old contract from accounts that it did not make: it asked all for e-mail and sex."""
    if user["email"] is not None and user["sex"] is not None:
        return
    mine = preferences.c.user_id == user["id"]
    rows = connection.execute(sa.select(preferences.c.emotion, preferences.c.genre).where(mine)).all()
    if sorted((emotion, genre) for emotion, genre in rows) == [(emotion, 10) for emotion in range(1, 6)]:
        connection.execute(sa.delete(preferences).where(mine))


def _order(connection: sa.Connection, tables: dict[str, sa.Table], user_id: int) -> None:
    """Numbers all that the account has; the times are of before any edit that a device may still send."""

    def of(name: str, *columns: str) -> Any:
        table = tables[name]
        return connection.execute(sa.select(*(table.c[c] for c in columns)).where(table.c.user_id == user_id)).all()

    found = [("spell", _text(uuid), end) for uuid, end in of("spells", "uuid", "end")]
    found += [("entry", _text(uuid), at) for uuid, at in of("entries", "uuid", "at")]
    found += [("play", _text(uuid), at) for uuid, at in of("plays", "uuid", "at")]
    found += [("ban", song, 0) for (song,) in of("bans", "song_id")]
    ticked = sorted({emotion for (emotion,) in of("genre_preferences", "emotion")})
    found += [("preferences", _EMOTIONS[emotion][0], 0) for emotion in ticked]
    found += [("goals", _EMOTIONS[emotion][0], 0) for (emotion,) in of("goal_preferences", "emotion")]
    found += [("settings", "account", 0), ("settings", "consents", 0)]
    for start in range(0, len(found), _PAGE):
        rows = [
            {"user_id": user_id, "kind": kind, "key": key, "sequence": number, "deleted": False, "edited_at": at}
            for number, (kind, key, at) in enumerate(found[start : start + _PAGE], start + 1)
        ]
        connection.execute(sa.insert(tables["changes"]), rows)
    users = tables["users"]
    connection.execute(sa.update(users).where(users.c.id == user_id).values(sequence=len(found)))


def _text(uuid: UUID | str) -> str:
    return str(UUID(str(uuid)))


def _forget_unmeasured(connection: sa.Connection, plays: sa.Table) -> None:
    """All or nothing was said where nobody measured; what was learned from that is built again by the service."""
    connection.execute(sa.update(plays).where(plays.c.played.in_((0.0, 1.0))).values(played=None))
    connection.execute(sa.update(plays).where(plays.c.learned).values(learned=False))
    for table in ("learned_model", "learned_statistics", "learned_factors"):
        connection.execute(sa.delete(sa.table(table)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: `feeling db restore`.")
