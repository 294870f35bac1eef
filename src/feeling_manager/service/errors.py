"""What the service answers when it can't do what was asked: a status, a stable code and a sentence."""

from typing import Any, ClassVar

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from feeling_manager.errors import FeelingError


class ServiceError(FeelingError):
    """Base of what a request can be refused with. retry_after: seconds, where trying again later helps."""

    code = "service"
    status: ClassVar[int] = 400

    def __init__(self, sentence: str, *, retry_after: int | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class InvalidError(ServiceError):
    code = "invalid"
    status = 422


class NotSignedInError(ServiceError):
    code = "not_signed_in"
    status = 401


class WrongCredentialsError(ServiceError):
    code = "wrong_credentials"
    status = 401


class ForbiddenError(ServiceError):
    code = "forbidden"
    status = 403


class ConsentMissingError(ForbiddenError):
    """Something was to be stored that the person did not consent to."""

    code = "consent_missing"

    def __init__(self) -> None:
        super().__init__("Keeping a journal needs your consent; give it with PUT /api/v1/consents/journal.")


class ExpiredError(InvalidError):
    """Older than the account's retention."""

    code = "expired"


class GoneError(ServiceError):
    """What was asked for is no more; `code` of its kinds says why."""

    code = "gone"
    status = 410


class NotFoundError(ServiceError):
    code = "not_found"
    status = 404


class TakenError(ServiceError):
    """Something that exists once is there already."""

    code = "taken"
    status = 409


class UsernameTakenError(TakenError):
    code = "username_taken"


class EmailTakenError(TakenError):
    code = "email_taken"


class TooLargeError(ServiceError):
    code = "too_large"
    status = 413


class TooManyError(ServiceError):
    code = "too_many_requests"
    status = 429


class UnavailableError(ServiceError):
    """The database, or an optional part, is not there now."""

    code = "unavailable"
    status = 503


class ConfigurationError(FeelingError):
    """The service can't start with these settings."""

    code = "configuration"
    exit_status = 12


class Problem(BaseModel):
    """RFC 9457: what went wrong. `code` is stable, `detail` is for people."""

    title: str
    status: int
    code: str
    detail: str
    request_id: str | None = None
    errors: list[dict[str, str]] = Field(default_factory=list)


PROBLEM = "application/problem+json"


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The answers besides success that a route documents."""
    return {
        status: {
            "description": _TITLES[status],
            "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def answer(
    status: int,
    code: str,
    detail: str,
    request: Request,
    *,
    retry_after: int | None = None,
    errors: list[dict[str, str]] | None = None,
) -> JSONResponse:
    """A problem as an answer."""
    problem = Problem(
        title=_TITLES.get(status, "Error"),
        status=status,
        code=code,
        detail=detail,
        request_id=getattr(request.state, "request_id", None),
        errors=errors or [],
    )
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else None
    return JSONResponse(problem.model_dump(), status, headers, media_type=PROBLEM)


def on_service_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ServiceError)  # noqa: S101 (Starlette types handlers by Exception)
    return answer(error.status, error.code, str(error), request, retry_after=error.retry_after)


def on_validation_error(request: Request, error: Exception) -> JSONResponse:
    """Names the fields and what is wrong; never repeats what was sent, which may be a password."""
    assert isinstance(error, RequestValidationError)  # noqa: S101
    found = [{"field": ".".join(str(part) for part in e["loc"]), "message": str(e["msg"])} for e in error.errors()]
    sentence = f"{found[0]['field']}: {found[0]['message']}." if found else "The request does not fit."
    return answer(422, "invalid", sentence, request, errors=found[:20])


def on_http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101
    code = {404: "not_found", 405: "method_not_allowed", 400: "bad_request"}.get(error.status_code, "http")
    response = answer(error.status_code, code, str(error.detail), request)
    response.headers.update(error.headers or {})
    return response


def unexpected(request: Request, error: Exception) -> JSONResponse:
    """The answer to what should not have happened; the log gets its place, not its words, which may hold data."""
    structlog.get_logger("service").error("unexpected", kind=type(error).__name__, frames=frames(error))
    return answer(500, "internal", "Something went wrong here; it is in the log under the request id.", request)


def frames(error: BaseException) -> list[str]:
    """The innermost places of an error, as file:line."""
    trace, found = error.__traceback__, []
    while trace is not None:
        found.append(f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}")
        trace = trace.tb_next
    return found[-12:]


_TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    410: "Gone",
    413: "Too large",
    416: "Range not satisfiable",
    422: "Invalid",
    429: "Too many requests",
    500: "Internal error",
    503: "Unavailable",
}
