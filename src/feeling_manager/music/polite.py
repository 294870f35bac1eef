"""A transport for `requests` that spares the server: it waits between requests, backs off when told to, and keeps
answers on disk, so that reading a long playlist goes on where it was interrupted."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Response, Session
from requests import exceptions as problems
from requests.adapters import HTTPAdapter

_BUSY = frozenset({429, 500, 502, 503, 504})
_BROKEN = (
    problems.ConnectionError,
    problems.Timeout,
    problems.ChunkedEncodingError,
    problems.ContentDecodingError,
)
_LONGEST_WAIT = 120.0
_TIMEOUT = 30.0
DAY = 86_400.0


class PoliteAdapter(HTTPAdapter):
    """Mount it on a session for the host to be spared.

    cache: folder for answers, or None. delay: seconds from one request to the next. retries: how often a request is
    repeated after a busy answer (429, 5xx) or a broken connection, waiting `backoff` seconds, then twice that, and so
    on, or what Retry-After says, two minutes at most. max_age: seconds for which a kept answer is used; older ones
    are removed.
    """

    def __init__(
        self,
        cache: Path | None = None,
        *,
        delay: float = 1.0,
        retries: int = 4,
        backoff: float = 2.0,
        max_age: float = DAY,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__()
        self._cache, self._delay, self._retries, self._backoff, self._max_age = cache, delay, retries, backoff, max_age
        self._sleep = sleep
        self._next = 0.0
        if cache is not None:
            self._prune(cache)

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        kept = self._kept(request)
        if (answer := _load(request, kept)) is not None:
            return answer
        for attempt in range(self._retries + 1):
            self._sleep(max(0.0, self._next - time.monotonic()))
            self._next = time.monotonic() + self._delay
            try:
                answer = super().send(request, stream, timeout or _TIMEOUT, verify, cert, proxies)
                body = answer.content
            except _BROKEN:
                if attempt == self._retries:
                    raise
                wait = self._backoff * 2**attempt
            else:
                if answer.status_code not in _BUSY or attempt == self._retries:
                    if answer.status_code == 200:
                        _save(request, kept, body)
                    return answer
                wait = _retry_after(answer) or self._backoff * 2**attempt
            self._sleep(min(wait, _LONGEST_WAIT))
        raise AssertionError("the last attempt returns or raises")

    def _kept(self, request: PreparedRequest) -> Path | None:
        """Where the answer to `request` is kept. The host does not count, nor what changes by day or visitor."""
        if self._cache is None:
            return None
        parts = urlsplit(request.url or "")
        body = json.loads(request.body) if request.body else {}
        body.pop("context", None)
        key = json.dumps([request.method, parts.path, parts.query, body], sort_keys=True)
        return self._cache / f"{hashlib.blake2b(key.encode(), digest_size=16).hexdigest()}.answer"

    def _prune(self, cache: Path) -> None:
        try:
            cache.mkdir(parents=True, exist_ok=True)
            for file in cache.glob("*.answer"):
                if time.time() - file.stat().st_mtime > self._max_age:
                    file.unlink(missing_ok=True)
        except OSError:
            # without a cache it is slower, and no more
            self._cache = None


def mounted(adapter: HTTPAdapter) -> Session:
    """A session that sends everything through `adapter`."""
    session = Session()
    session.mount("https://", adapter)
    return session


def _retry_after(answer: Response) -> float:
    value = answer.headers.get("Retry-After", "")
    return float(value) if value.isdecimal() else 0.0


def _readable(request: PreparedRequest, body: bytes) -> bool:
    """Whether it is worth keeping: an error page in place of JSON is not."""
    if request.method == "GET":
        return bool(body)
    try:
        return isinstance(json.loads(body), dict)
    except ValueError:
        return False


def _load(request: PreparedRequest, kept: Path | None) -> Response | None:
    if kept is None:
        return None
    try:
        body = kept.read_bytes()
    except OSError:
        return None
    if not _readable(request, body):
        return None
    answer = Response()
    answer.status_code, answer.reason, answer.encoding = 200, "OK", "utf-8"
    answer.url, answer.request = request.url or "", request
    answer._content = body
    return answer


def _save(request: PreparedRequest, kept: Path | None, body: bytes) -> None:
    if kept is None or not _readable(request, body):
        return
    part = kept.with_suffix(".part")
    try:
        part.write_bytes(body)
        part.replace(kept)
    except OSError:
        part.unlink(missing_ok=True)
