"""What surrounds every request: id, log line, metrics, protecting headers, and a limit on the body."""

import json
import re
import secrets
import time
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from feeling_manager.service import errors

log = structlog.get_logger("request")
_API = "/api/v1"
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

CSP = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "img-src 'self' data: blob: https://i.ytimg.com",
        "media-src 'self' blob:",
        "worker-src 'self' blob:",
        "connect-src 'self'",
        "frame-src https://www.youtube-nocookie.com",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "content-security-policy": CSP,
    "permissions-policy": (
        'camera=(self), autoplay=(self "https://www.youtube-nocookie.com"), '
        'encrypted-media=(self "https://www.youtube-nocookie.com"), microphone=(), geolocation=(), payment=(), usb=()'
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "cross-origin-opener-policy": "same-origin",
}
HSTS = "max-age=31536000; includeSubDomains"


class Metrics:
    """What Prometheus reads."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "feeling_requests_total", "Answers", ["method", "route", "status"], registry=self.registry
        )
        self.seconds = Histogram("feeling_request_seconds", "Time to the answer", ["route"], registry=self.registry)


class AccessLogMiddleware:
    """The outermost layer. Pure ASGI: answers are streamed through, not collected."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _ID.fullmatch(given) else secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        began, status, started = time.perf_counter(), 500, False

        async def watched(message: Message) -> None:
            nonlocal status, started
            if message["type"] == "http.response.start":
                status, started = message["status"], True
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if scope["scheme"] == "https":
                    headers.setdefault("strict-transport-security", HSTS)
                if scope["path"].startswith(("/api/", "/member/", "/emotion/")):
                    headers.setdefault("cache-control", "no-store")
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            response = errors.unexpected(Request(scope), error)
            if started:
                raise RuntimeError("An answer broke off; see the line before.") from None
            await response(scope, receive, watched)
        finally:
            seconds = time.perf_counter() - began
            route = _route(scope)
            self._metrics.requests.labels(scope["method"], route, status).inc()
            self._metrics.seconds.labels(route).observe(seconds)
            # the route, not the path: ids of people and search words stay out
            log.info("answered", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1))


def _route(scope: dict[str, Any] | Scope) -> str:
    route = str(getattr(scope.get("route"), "path", "other"))
    # a router that was included knows its routes without its prefix
    return _API + route if scope["path"].startswith(_API) and not route.startswith((_API, "other", "/{path")) else route


class BodyLimitMiddleware:
    """Refuses bodies above `most` bytes (ten times that for pictures), said or sent."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._most * (10 if scope["path"] == "/api/v1/recognize" else 1)
        body, more = b"", True
        said = Headers(scope=scope).get("content-length", "0")
        if not said.isdigit() or int(said) > most:
            await _refuse(send, most, scope)
            return
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > most:
                await _refuse(send, most, scope)
                return
        given = False

        async def replay() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, replay, send)


async def _refuse(send: Send, most: int, scope: Scope) -> None:
    problem = {
        "title": "Too large",
        "status": 413,
        "code": "too_large",
        "detail": f"Send {most} bytes at most.",
        "request_id": scope.get("state", {}).get("request_id"),
        "errors": [],
    }
    headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(problem).encode()})
