"""The service as an ASGI application."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from feeling_manager import __version__
from feeling_manager.service import errors, logs, operations, settings
from feeling_manager.service.accounts import repository as accounts_repository
from feeling_manager.service.accounts import routes as accounts
from feeling_manager.service.context import Service
from feeling_manager.service.db import AWAY, is_away, utcnow
from feeling_manager.service.journal import routes as journal
from feeling_manager.service.journal import sums
from feeling_manager.service.legacy import routes as legacy
from feeling_manager.service.middleware import AccessLogMiddleware, BodyLimitMiddleware, Metrics
from feeling_manager.service.models import User
from feeling_manager.service.settings import Settings
from feeling_manager.service.songs import repository as songs_repository
from feeling_manager.service.songs import routes as songs
from feeling_manager.service.songs.events import DEVICE
from feeling_manager.service.songs.operators import Pages
from feeling_manager.service.songs.service import check_policy
from feeling_manager.service.songs.training import train
from feeling_manager.service.sync import repository as changes
from feeling_manager.service.sync import routes as sync
from feeling_manager.service.vision import routes as vision

log = structlog.get_logger("service")
API = "/api/v1"
UPKEEP_EVERY = 3600.0
TOMBSTONES_KEPT = timedelta(days=400)
"""A device that was away longer compares everything."""


def create_app(configured: Settings) -> FastAPI:
    """The application for these settings. The database's tables must be there (`migrate.migrate`)."""
    check_policy(configured.policy)
    service = Service.build(configured)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:  # noqa: ARG001
        task = asyncio.create_task(_keep_up(service))
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        service.close()

    app = FastAPI(
        title="Feeling Manager",
        version=__version__,
        description="Accounts, journal, statistics and songs. Errors are problems (RFC 9457) with a stable `code`.",
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.service = service
    app.state.metrics = Metrics()
    app.state.pages = Pages()
    for router in (accounts.router, journal.router, songs.router, sync.router, vision.router):
        app.include_router(router, prefix=API, responses=errors.problems(400, 503))
    app.include_router(legacy.router)
    app.include_router(operations.router)
    app.include_router(operations.web_files(configured.web_dist))
    _handle_errors(app)
    app.add_middleware(BodyLimitMiddleware, most=configured.max_body)
    if configured.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(configured.allowed_origins),
            allow_credentials=True,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Content-Type", "Authorization"],
        )
    app.add_middleware(AccessLogMiddleware, metrics=app.state.metrics)
    _describe_problem(app)
    return app


def from_environment() -> FastAPI:
    """For `uvicorn --factory feeling_manager.service.app:from_environment`."""
    from feeling_manager import paths

    configured = settings.load()
    logs.configure(paths.data_dir() / "logs" if configured.log_file else None, configured.log_days)
    return create_app(configured)


def _handle_errors(app: FastAPI) -> None:
    app.add_exception_handler(errors.ServiceError, errors.on_service_error)
    app.add_exception_handler(RequestValidationError, errors.on_validation_error)
    app.add_exception_handler(HTTPException, errors.on_http_error)
    for kind in (*AWAY, DBAPIError):
        app.add_exception_handler(kind, _on_database_error)


def _on_database_error(request: Request, error: Exception) -> JSONResponse:
    if not is_away(error):
        return errors.unexpected(request, error)
    # the driver's words may hold an address: only the kind
    log.warning("database away", kind=type(error).__name__)
    detail = "The database is away; try again."
    return errors.answer(503, "database_away", detail, request, retry_after=5)


def _describe_problem(app: FastAPI) -> None:
    """Puts the schema of problems into the document, to which every answer refers."""
    make = app.openapi

    def openapi() -> dict[str, Any]:
        document = make()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.setdefault("Problem", errors.Problem.model_json_schema())
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        return document

    app.openapi = openapi  # type: ignore[method-assign]


async def _keep_up(service: Service) -> None:
    """Every hour: removes what has expired."""
    while True:
        try:
            await asyncio.to_thread(upkeep, service)
        except Exception as error:  # the next round may go well
            log.warning("upkeep failed", kind=type(error).__name__)
        await asyncio.sleep(UPKEEP_EVERY)


def upkeep(service: Service) -> None:
    """Removes expired sign-ins, and what is older than each person's retention."""
    now = utcnow()
    with service.database.begin() as db:
        accounts_repository.remove_expired(db, now)
        changes.remove_ended(db, now)
        songs_repository.remove_unused(db, DEVICE)
    with service.database.begin() as db:
        relearn = changes.take_relearn(db)
    if relearn:
        train(service.database, service.settings.reward)
    after = 0
    while True:
        with service.database.begin(write=False) as db:
            ids = [user.id for user in accounts_repository.users(db, after=after)]
        for user_id in ids:
            with service.database.begin() as db:
                user = db.get(User, user_id)
                if user is not None:
                    sums.compact(db, user)
                    changes.prune(db, user_id, now - TOMBSTONES_KEPT)
        if not ids:
            return
        after = ids[-1]
