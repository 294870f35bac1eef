"""Passwords, tokens, limits: what keeps one person's data from another."""

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from threading import Lock

from pwdlib.hashers.argon2 import Argon2Hasher

COOKIE = "session"
"""The name of the old contract's cookie, which its clients may know."""
DEVICE_COOKIE = "feeling_device"

_CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


class Passwords:
    """Argon2id. The parameters are settings, so that a small machine and a test can lower them."""

    def __init__(self, *, memory: int, time_cost: int) -> None:
        self._hasher = Argon2Hasher(time_cost=time_cost, memory_cost=memory, parallelism=1)
        # verified where no account is found, so that both answers take the same time
        self._nobody = self._hasher.hash(secrets.token_hex(16))

    def hash(self, password: str) -> str:
        return self._hasher.hash(_plain(password))

    def hash_sha1(self, digest: str) -> str:
        """Wraps the hex SHA-1 of the old service, so that it is never kept as it was."""
        return "sha1:" + self._hasher.hash(digest.lower())

    def verify(self, password: str, stored: str | None) -> tuple[bool, str | None]:
        """Whether it is right, and the hash to keep from now on where the stored one is old or weak."""
        old = stored is not None and stored.startswith("sha1:")
        known = self._nobody if stored is None else stored.removeprefix("sha1:")
        # SHA-1 is what the old service kept; it protects nothing here, Argon2 around it does
        given = hashlib.sha1(password.encode()).hexdigest() if old else _plain(password)  # noqa: S324
        right = self._hasher.verify(given, known)
        if stored is None or not right:
            return False, None
        return True, self.hash(password) if old or self._hasher.check_needs_rehash(known) else None


def _plain(password: str) -> str:
    # lone surrogates (from JSON's \ud800) can't be encoded; what stands for them must not collide by accident
    return password.encode("utf-8", "backslashreplace").decode()


class Keys:
    """Hashes with the service's secret: what lies in the database is of no use without it."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def hash(self, kind: str, value: str) -> str:
        """Hex, 64 characters."""
        return hmac.new(self._secret, f"{kind}\n{value}".encode(), hashlib.sha256).hexdigest()

    def token(self) -> str:
        return secrets.token_urlsafe(32)

    def recovery_code(self) -> str:
        """Twenty letters without those that look alike: 98 bits."""
        letters = "".join(secrets.choice(_CODE_LETTERS) for _ in range(20))
        return "-".join(letters[i : i + 5] for i in range(0, 20, 5))

    def recovery_hash(self, code: str) -> str:
        return self.hash("recovery", "".join(c for c in code.upper() if c.isalnum()))

    def device(self, user_id: int) -> str:
        """What a browser keeps after a sign-in, so that tries of strangers do not lock its owner out."""
        return f"{user_id}.{self.hash('device', str(user_id))}"

    def knows_device(self, cookie: str | None, user_id: int) -> bool:
        return cookie is not None and hmac.compare_digest(cookie.encode(), self.device(user_id).encode())


class Limiter:
    """Counts in windows of time, per key, in this process's memory; of the keys only the last `most` are kept."""

    def __init__(self, most: int = 20_000) -> None:
        self._most = most
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._lock = Lock()

    def wait(self, key: str, limit: int, window: float) -> int:
        """Seconds until `key` may try again; 0 where it may now. Counts nothing."""
        with self._lock:
            start, count = self._counts.get(key, (0.0, 0))
            left = start + window - time.monotonic()
            return int(left) + 1 if count >= limit and left > 0 else 0

    def count(self, key: str, window: float) -> None:
        with self._lock:
            now = time.monotonic()
            start, count = self._counts.pop(key, (now, 0))
            if now - start >= window:
                start, count = now, 0
            self._counts[key] = (start, count + 1)
            while len(self._counts) > self._most:
                self._counts.popitem(last=False)

    def take(self, key: str, limit: int, window: float) -> int:
        """`wait`, and counts where it may."""
        left = self.wait(key, limit, window)
        if not left:
            self.count(key, window)
        return left

    def forget(self, key: str) -> None:
        with self._lock:
            self._counts.pop(key, None)
