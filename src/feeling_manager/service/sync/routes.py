"""The changes over HTTP."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from feeling_manager.service.context import Signed, service_of, signed, token_of
from feeling_manager.service.errors import GoneError, NotSignedInError, problems
from feeling_manager.service.schemas import Text
from feeling_manager.service.sync import repository, schemas, service

router = APIRouter(tags=["sync"])


class AccountDeletedError(GoneError):
    code = "account_deleted"


def synced(request: Request) -> Iterator[Signed]:
    """As `context.signed`; a device whose account was deleted is told so. Raises AccountDeletedError."""
    try:
        yield from signed(request)
    except NotSignedInError:
        parts, token = service_of(request), token_of(request)[0]
        if token:
            with parts.database.begin(write=False) as db:
                if repository.is_ended(db, parts.keys.hash("session", token)):
                    raise AccountDeletedError("The account was deleted.") from None
        raise


Synced = Annotated[Signed, Depends(synced, scope="function")]


@router.get("/changes", responses=problems(401, 410, 422))
def read_changes(
    me: Synced,
    after: Annotated[Text | None, Query(max_length=64, description="`next` of the answer before")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> schemas.Changes:
    """What changed in the account since then, each thing once as it is now, in the order of its last change.

    410: compare everything (without `after`), since the account was deleted, the consent was withdrawn, or the cursor
    is too old or of another database; `code` says which.
    """
    return service.changes(me.db, me.user, after, limit)


@router.post("/changes", responses=problems(401, 403, 410, 413, 422))
def apply_changes(body: schemas.Operations, me: Synced) -> schemas.OperationResults:
    """Apply what a device did, in one transaction. Safe to send again: an operation counts once, by its id."""
    return service.apply(me.db, me.service.settings, me.user, body.operations)
