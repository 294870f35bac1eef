"""Reading what changed and applying what devices did."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from feeling_manager.service.accounts import repository as accounts
from feeling_manager.service.accounts.repository import lock_user
from feeling_manager.service.errors import ConsentMissingError, GoneError, InvalidError, ServiceError
from feeling_manager.service.models import Change, User
from feeling_manager.service.settings import Settings
from feeling_manager.service.sync import kinds, repository, schemas
from feeling_manager.service.sync.repository import Edit

_CONSENTED = frozenset({"spell", "entry", "play"})
"""Kinds that are stored only while the consent `journal` stands. Deleting needs none."""
Key = tuple[str, str]


class CursorExpiredError(GoneError):
    """The cursor is of another database, or of before tombstones that were removed."""

    code = "cursor_expired"


class ConsentWithdrawnError(GoneError):
    """The consent to the journal was withdrawn since the cursor."""

    code = "consent_withdrawn"


def changes(db: Session, user: User, cursor: str | None, limit: int) -> schemas.Changes:
    """A page of what changed after `cursor`, everything without one. Raises GoneError, InvalidError."""
    database = repository.identity(db)
    after = 0 if cursor is None else _position(cursor, database)
    sequence = repository.sequence_of(db, user.id)
    if cursor is not None:
        _check(db, user, after, sequence)
    rows = repository.changes(db, user.id, after, limit + 1)
    more, rows = len(rows) > limit, rows[:limit]
    last = rows[-1].sequence if rows else max(after, sequence if cursor is None else after)
    return schemas.Changes(
        changes=answers(db, user, rows),
        next=f"{database.hex}-{last}",
        more=more,
        database=database,
        sequence=max(sequence, last),
    )


def _position(cursor: str, database: UUID) -> int:
    name, _, number = cursor.partition("-")
    if len(name) != 32 or not number.isascii() or not number.isdigit() or len(number) > 18:
        raise InvalidError("This is no cursor; give `next` of an answer before.")
    if name != database.hex:
        raise CursorExpiredError("The cursor is of another database; compare everything.")
    return int(number)


def _check(db: Session, user: User, after: int, sequence: int) -> None:
    """Raises GoneError for a cursor after which a full comparison is due."""
    if after < user.pruned_until or after > sequence:
        raise CursorExpiredError("The cursor is too old; compare everything.")
    key = ("settings", "consents")
    told = repository.find_changes(db, user.id, [key]).get(key)
    if told is not None and told.sequence > after and accounts.was_withdrawn(db, user.id, "journal"):
        raise ConsentWithdrawnError("The consent to keep a journal was withdrawn; compare everything.")


def answers(db: Session, user: User, rows: Sequence[Change]) -> list[schemas.ChangeAnswer]:
    """Changes with their values. What is gone by now is told as deleted: its tombstone follows."""
    values = kinds.read(db, user, [(row.kind, row.key) for row in rows if not row.deleted])
    return [
        schemas.ChangeAnswer.model_validate(
            {
                "kind": row.kind,
                "key": row.key,
                "deleted": (row.kind, row.key) not in values,
                "edited_at": row.edited_at,
                "value": values.get((row.kind, row.key)),
            }
        )
        for row in rows
    ]


def apply(
    db: Session, settings: Settings, user: User, operations: Sequence[schemas.Operation]
) -> schemas.OperationResults:
    """Applies a batch in its order, by the rule for conflicts; an operation that is refused stops no other."""
    lock_user(db, user.id)
    consented = accounts.stands(db, user.id, "journal")
    results: dict[int, schemas.OperationResult] = {}
    prepared: list[tuple[int, schemas.Operation, Key, BaseModel | None]] = []
    for place, operation in enumerate(operations):
        try:
            if operation.kind in _CONSENTED and not operation.deleted and not consented:
                raise ConsentMissingError
            value = kinds.parse(db, user, operation)
            key: Key = (operation.kind, kinds.canonical(db, operation, value))
        except (ServiceError, ValidationError) as error:
            results[place] = _refused(operation, error)
        else:
            prepared.append((place, operation, key, None if operation.deleted else value))
    known = {
        key: Edit(key[0], key[1], row.deleted, row.edited_at, row.operation)
        for key, row in repository.find_changes(db, user.id, [key for _, _, key, _ in prepared]).items()
    }
    accepted: dict[Key, tuple[Edit, BaseModel | None]] = {}
    lost: dict[int, Key] = {}
    for place, operation, key, value in prepared:
        edit = Edit(*key, operation.deleted, min(operation.edited_at, kinds.now()), operation.id)
        status = verdict(known.get(key), edit)
        results[place] = schemas.OperationResult(id=operation.id, key=key[1], status=status)
        if status == "applied":
            accepted[key], known[key] = (edit, value), edit
        elif status == "superseded":
            lost[place] = key
    kinds.write(db, settings, user, {key: value for key, (_, value) in accepted.items()})
    repository.record(db, user.id, [edit for edit, _ in accepted.values()])
    if lost:
        rows = repository.find_changes(db, user.id, list(lost.values()))
        current = {(str(row.kind), row.key): row for row in answers(db, user, list(rows.values()))}
        for place, superseded in lost.items():
            results[place].current = current.get(superseded)
    return schemas.OperationResults(
        results=[results[place] for place in sorted(results)],
        database=repository.identity(db),
        sequence=repository.sequence_of(db, user.id),
    )


Verdict = Literal["applied", "duplicate", "superseded"]


def verdict(known: Edit | None, edit: Edit) -> Verdict:
    """The rule for conflicts: applied, duplicate or superseded.

    What has an id of its own stays deleted once it is; else the later edit counts, of two at one time that with the
    greater id of its operation.
    """
    if known is None:
        return "applied"
    if known.operation is not None and known.operation == edit.operation:
        return "duplicate"
    if edit.kind in kinds.OWN_IDS and known.deleted != edit.deleted:
        return "superseded" if known.deleted else "applied"
    return "applied" if _rank(edit) > _rank(known) else "superseded"


def _rank(edit: Edit) -> tuple[float, str]:
    return (edit.edited_at.timestamp() if edit.edited_at else 0.0, str(edit.operation or ""))


def _refused(operation: schemas.Operation, error: ServiceError | ValidationError) -> schemas.OperationResult:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        code, detail = "invalid", f"{'.'.join(map(str, first['loc'])) or 'value'}: {first['msg']}."
    else:
        code, detail = error.code, str(error)
    return schemas.OperationResult(id=operation.id, key=operation.key, status="refused", code=code, detail=detail)
