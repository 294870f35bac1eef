"""The order of an account's changes in the database. Whoever writes something that devices keep records it here."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from feeling_manager.service.db import utcnow
from feeling_manager.service.models import Change, DatabaseIdentity, EndedSession, SignIn, User

_CHUNK = 400


class Edit(NamedTuple):
    """One thing that changed. edited_at, operation: of the device's operation, now and None for other writers."""

    kind: str
    key: str
    deleted: bool = False
    edited_at: datetime | None = None
    operation: UUID | None = None


def record(db: Session, user_id: int, edits: Iterable[Edit], *, new: bool = False) -> None:
    """Gives each edit the account's next number, in the place of the number that its thing had before.

    The update holds the account's row until the transaction ends, so that numbers are committed in their order: who
    sees one sees all before it. new: none of the things was recorded before.
    """
    last = {(edit.kind, edit.key): edit for edit in edits}
    if not last:
        return
    db.flush()
    db.execute(
        update(User)
        .where(User.id == user_id)
        .values(sequence=User.sequence + len(last))
        .execution_options(synchronize_session=False)
    )
    first = sequence_of(db, user_id) - len(last) + 1
    keys: dict[str, list[str]] = {}
    for kind, key in () if new else last:
        keys.setdefault(kind, []).append(key)
    for kind, names in keys.items():
        for start in range(0, len(names), _CHUNK):
            some = Change.key.in_(names[start : start + _CHUNK])
            query = delete(Change).where(Change.user_id == user_id, Change.kind == kind, some)
            db.execute(query.execution_options(synchronize_session=False))
    now = utcnow()
    rows: list[dict[str, Any]] = [
        {
            "user_id": user_id,
            "kind": edit.kind,
            "key": edit.key,
            "sequence": number,
            "deleted": edit.deleted,
            "edited_at": min(edit.edited_at or now, now),
            "operation": edit.operation,
        }
        for number, edit in enumerate(last.values(), first)
    ]
    db.execute(insert(Change), rows)


def sequence_of(db: Session, user_id: int) -> int:
    """The number of the account's last change."""
    return db.scalar(select(User.sequence).where(User.id == user_id)) or 0


def changes(db: Session, user_id: int, after: int, limit: int) -> list[Change]:
    """Those with a greater number than `after`, in their order."""
    query = select(Change).where(Change.user_id == user_id, Change.sequence > after)
    return list(db.scalars(query.order_by(Change.sequence).limit(limit)))


def find_changes(db: Session, user_id: int, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Change]:
    """The last change of each of these things, by kind and key."""
    by_kind: dict[str, list[str]] = {}
    for kind, key in keys:
        by_kind.setdefault(kind, []).append(key)
    found: dict[tuple[str, str], Change] = {}
    for kind, names in by_kind.items():
        query = select(Change).where(Change.user_id == user_id, Change.kind == kind, Change.key.in_(names))
        found |= {(row.kind, row.key): row for row in db.scalars(query)}
    return found


def prune(db: Session, user_id: int, before: datetime) -> int:
    """Takes tombstones older than `before`; cursors from before the newest of them are expired. How many went."""
    old = (Change.user_id == user_id) & Change.deleted & (Change.edited_at < before)
    newest = db.scalar(select(func.max(Change.sequence)).where(old))
    if newest is None:
        return 0
    gone = len(db.scalars(select(Change.sequence).where(old)).all())
    db.execute(delete(Change).where(old).execution_options(synchronize_session=False))
    db.execute(update(User).where(User.id == user_id).values(pruned_until=newest))
    return gone


# -- the database itself -------------------------------------------------------------------------------------------


def identity(db: Session) -> UUID:
    """Of this database: another one after a restore tells devices to compare everything."""
    return db.scalars(select(DatabaseIdentity.uuid)).one()


def renew_identity(db: Session) -> None:
    db.execute(update(DatabaseIdentity).values(uuid=uuid4()))


def take_relearn(db: Session) -> bool:
    """Whether what was learned is to be built again; True once."""
    query = update(DatabaseIdentity).where(DatabaseIdentity.relearn).values(relearn=False)
    return bool(db.execute(query).rowcount)  # type: ignore[attr-defined]


# -- sessions of accounts that are gone ----------------------------------------------------------------------------


def end_sessions(db: Session, user_id: int) -> None:
    """Notes the devices of an account that is about to be deleted."""
    rows = db.execute(select(SignIn.token_hash, SignIn.expires_at).where(SignIn.user_id == user_id)).all()
    if rows:
        db.execute(insert(EndedSession), [{"token_hash": token, "expires_at": end} for token, end in rows])


def is_ended(db: Session, token_hash: str) -> bool:
    return db.get(EndedSession, token_hash) is not None


def remove_ended(db: Session, now: datetime) -> None:
    db.execute(delete(EndedSession).where(EndedSession.expires_at <= now))
