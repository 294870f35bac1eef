"""What a request has at hand: the service's parts, its transaction, and who asks."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, cast

from fastapi import Depends, Request
from sqlalchemy.orm import Session
from starlette.requests import HTTPConnection

from feeling_manager.service.accounts import repository
from feeling_manager.service.db import Database, utcnow
from feeling_manager.service.errors import ForbiddenError, NotSignedInError, TooManyError
from feeling_manager.service.models import SignIn, User
from feeling_manager.service.security import COOKIE, Keys, Limiter, Passwords
from feeling_manager.service.settings import Settings, secret
from feeling_manager.service.songs.videos import VideoFinder

SEEN_EVERY = timedelta(hours=1)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass
class Service:
    """The parts that every request shares."""

    settings: Settings
    database: Database
    keys: Keys
    passwords: Passwords
    videos: VideoFinder | None
    limiter: Limiter = field(default_factory=Limiter)

    @classmethod
    def build(cls, settings: Settings) -> "Service":
        database = Database(settings.url, pool_size=settings.pool_size)
        return cls(
            settings=settings,
            database=database,
            keys=Keys(secret(settings)),
            passwords=Passwords(memory=settings.argon2_memory, time_cost=settings.argon2_time),
            videos=VideoFinder(database) if settings.resolve_videos else None,
        )

    def close(self) -> None:
        if self.videos is not None:
            self.videos.close()
        self.database.close()


@dataclass
class Visit:
    """A transaction of a request that needs nobody to be signed in."""

    db: Session
    service: Service
    address: str

    def limit(self, what: str, most: int, window: float) -> None:
        """Raises TooManyError when this address did `what` more than `most` times within `window` seconds."""
        wait = self.service.limiter.take(f"{what} {self.address}", most, window)
        if wait:
            raise TooManyError("Too many tries from this address; wait a little.", retry_after=wait)


@dataclass
class Signed(Visit):
    """A transaction of a signed-in person."""

    user: User
    sign_in: SignIn


def service_of(connection: HTTPConnection) -> Service:
    return cast(Service, connection.app.state.service)


def address_of(connection: HTTPConnection) -> str:
    return connection.client.host if connection.client else "unknown"


def token_of(connection: HTTPConnection) -> tuple[str | None, bool]:
    """The token that came with the request, and whether it came as a cookie."""
    scheme, _, value = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value:
        return value.strip(), False
    return connection.cookies.get(COOKIE), True


def is_foreign(connection: HTTPConnection) -> bool:
    """Whether a page of an origin that we do not serve sent this. Programs and apps send no Origin."""
    origin = connection.headers.get("origin")
    if origin is None:
        return False
    scheme = {"ws": "http", "wss": "https"}.get(connection.url.scheme, connection.url.scheme)
    own = f"{scheme}://{connection.headers.get('host', '')}"
    return origin.rstrip("/") != own and origin.rstrip("/") not in service_of(connection).settings.allowed_origins


def visit(request: Request) -> Iterator[Visit]:
    """The transaction of one request; what only reads does not ask for the right to write."""
    service = service_of(request)
    write = request.method not in SAFE_METHODS
    if write and is_foreign(request):
        raise ForbiddenError("Requests from pages of another origin are refused; name it in FEELING_ALLOWED_ORIGINS.")
    with service.database.begin(write=write) as db:
        yield Visit(db, service, address_of(request))


def identify(db: Session, connection: HTTPConnection) -> tuple[User, SignIn] | None:
    """Who asks, by a valid token; a cookie that a foreign page made the browser send is none."""
    token, cookie = token_of(connection)
    if not token or (cookie and is_foreign(connection)):
        return None
    service = service_of(connection)
    found = repository.find_sign_in(db, service.keys.hash("session", token), utcnow())
    return found if found and found[0].disabled_at is None else None


def signed(request: Request) -> Iterator[Signed]:
    """As `visit`, of a person. Raises NotSignedInError."""
    service = service_of(request)
    write = request.method not in SAFE_METHODS
    if write and token_of(request)[1] and is_foreign(request):
        raise ForbiddenError("Requests from pages of another origin are refused; name it in FEELING_ALLOWED_ORIGINS.")
    with service.database.begin(write=write) as db:
        found = identify(db, request)
        if found is None:
            raise NotSignedInError("Sign in first.")
        user, sign_in = found
        stale = utcnow() - sign_in.seen_at > SEEN_EVERY
        if stale and write:
            sign_in.seen_at = utcnow()
        yield Signed(db, service, address_of(request), user, sign_in)
    if stale and not write:
        with service.database.begin() as db:
            repository.touch(db, sign_in.id, utcnow())


# scope="function": the transaction ends before the answer is sent, so that an answer means that it is kept
Visited = Annotated[Visit, Depends(visit, scope="function")]
SignedIn = Annotated[Signed, Depends(signed, scope="function")]
