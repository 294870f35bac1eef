"""The service's queries against the old service's way, on the same database and rows.

    python benchmarks/service.py [--servers sqlite,postgresql,mariadb] [--sizes 1000,100000,1000000] [--into FILE]

Old way of a day's statistics: all rows of the person loaded and counted in Python. Old way of a random song: `ORDER BY
RANDOM()` over the catalogue. A word is searched against reading all titles. Ours are measured through HTTP, in process,
and their queries alone, as the old ways are. The servers are temporary ones of this machine, as the tests use.
"""

import argparse
import json
import logging
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import structlog
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import func, insert, select

from feeling_manager.service.accounts.repository import find_user
from feeling_manager.service.app import create_app
from feeling_manager.service.context import Service
from feeling_manager.service.journal import service as journal
from feeling_manager.service.journal import sums
from feeling_manager.service.migrate import migrate
from feeling_manager.service.models import SongRow, SongWord, SpellRow
from feeling_manager.service.settings import Settings
from feeling_manager.service.songs import service as songs
from feeling_manager.service.songs.search import search, words_of

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.service.databases import Sqlite, mariadb, postgres

TODAY = datetime(2026, 11, 20, 3, tzinfo=UTC)
A_DAY = 100
Row = dict[str, Any]


VOCABULARY = 20_000
COMMON, SECOND, RARE, PART = "rar", "lir", "tekarir", "나수"
"""Words of about every seventh, every twelfth, every 7,000th song; the beginning or middle of many words."""


def fill(service: Service, user_id: int, size: int) -> None:
    """`size` songs, and `size` spells of which 100 are today's and the others spread, 500 on each day before."""
    rng = random.Random(1)
    for start in range(0, size, 20_000):
        rows = [_song(n, rng) for n in range(start, min(start + 20_000, size))]
        words = [(word, row["id"]) for row in rows for word in words_of(f"{row['artist']} {row['title']}")]
        with service.database.begin() as db:
            db.execute(insert(SongRow), rows)
            db.execute(insert(SongWord), [{"word": word, "song_id": key} for word, key in sorted(words)])
    for start in range(0, size, 20_000):
        with service.database.begin() as db:
            db.execute(insert(SpellRow), [_spell(user_id, n) for n in range(start, min(start + 20_000, size))])
    days = [_start(n).date() for n in range(0, size, A_DAY)]
    with service.database.begin() as db:
        user = find_user(db, "bench")
        assert user is not None
        sums.recount(db, user, days)


def _word(n: int) -> str:
    """The n-th word of a made-up language: every second one in Hangul."""
    letters = (
        "가나다라마바사아자차수지민호연" if n % 2 else ("mo", "ra", "li", "te", "son", "ri", "ka", "ven", "du", "el")
    )
    found, rest = "", n // 2
    while True:
        found += letters[rest % len(letters)]
        rest //= len(letters)
        if not rest:
            return found + ("노" if n % 2 else "r")


def _song(n: int, rng: random.Random) -> Row:
    # log-uniform, near to how often words are used: the first in one of fourteen places
    title, artist = (" ".join(_word(int(VOCABULARY ** rng.random())) for _ in range(many)) for many in (3, 1))
    draw = rng.random()
    return {
        "id": f"song:{n}", "title": f"{title} {n}", "artist": artist, "genre": n % 10 + 1, "video_id": f"v{n:010d}",
        "moods": "", "source": "bench", "cell": n % 81, "draw": draw, "video_draw": draw, "added_at": TODAY,
        "plays": 0, "likes": 0,
    }  # fmt: skip


def _start(n: int) -> datetime:
    if n < A_DAY:
        return TODAY + timedelta(seconds=60 * n)
    return TODAY - timedelta(days=1 + (n - A_DAY) // 500) + timedelta(seconds=60 * ((n - A_DAY) % 500))


def _spell(user_id: int, n: int) -> Row:
    start = _start(n)
    return {
        "user_id": user_id, "uuid": UUID(int=n), "start": start, "end": start + timedelta(seconds=30), "emotion": n % 8,
        "probabilities": (0.125,) * 8, "valence": 0.1, "arousal": 0.1, "readings": 300, "unclear_share": 0.0,
    }  # fmt: skip


def old_day(service: Service, user_id: int) -> int:
    """Every row of the person is loaded, those of the day are counted."""
    with service.database.begin(write=False) as db:
        rows = db.execute(select(SpellRow.start, SpellRow.emotion).where(SpellRow.user_id == user_id)).all()
    day = TODAY + timedelta(hours=9)
    return sum(Counter(e for start, e in rows if (start + timedelta(hours=9)).date() == day.date()).values())


def old_random(service: Service) -> str | None:
    shuffled = func.rand() if service.database.kind == "mysql" else func.random()
    with service.database.begin(write=False) as db:
        return db.scalar(select(SongRow.video_id).order_by(shuffled).limit(1))


def our_day(service: Service) -> int:
    with service.database.begin(write=False) as db:
        user = find_user(db, "bench")
        assert user is not None
        return journal.statistics(db, user, TODAY.date(), TODAY.date()).spells


def our_random(service: Service) -> str:
    with service.database.begin(write=False) as db:
        return songs.random_video(db)


def old_search(service: Service, word: str) -> int:
    """A page of the songs whose title holds `word`, by reading titles."""
    with service.database.begin(write=False) as db:
        held = SongRow.title.contains(word, autoescape=True) | SongRow.artist.contains(word, autoescape=True)
        return len(db.scalars(select(SongRow).where(held).order_by(SongRow.id).limit(50)).all())


def our_search(service: Service, words: str) -> int:
    with service.database.begin(write=False) as db:
        return len(search(db, words))


def measure(what: Callable[[], object], seconds: float) -> Row:
    """Calls one after the other: per second, median and 99th percentile in milliseconds."""
    what()
    times: list[float] = []
    ends = time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < ends:
        began = time.perf_counter()
        what()
        times.append(time.perf_counter() - began)
    return {
        "per_second": round(len(times) / sum(times), 1),
        "median_ms": round(float(np.median(times)) * 1000, 3),
        "p99_ms": round(float(np.percentile(times, 99)) * 1000, 3),
    }


def run(size: int, url: str, seconds: float, *, only_fill: bool = False) -> dict[str, Row]:
    """Fills the database unless it is filled, and measures."""
    settings = Settings(
        database_url=SecretStr(url), secret_key=SecretStr("k" * 32), retention_days=36500, repeat_after=0
    )
    app = create_app(settings)
    service: Service = app.state.service
    migrate(service.database)
    # no lifespan: its upkeep would run beside the measurement
    client = TestClient(app)
    who = {"username": "bench", "password": "benchmark"}
    answer = client.post("/api/v1/account", json=who)
    if answer.status_code == 201:
        fill(service, int(answer.json()["account"]["id"]), size)
    else:
        answer = client.post("/api/v1/session", json=who)
    user_id = int(answer.raise_for_status().json()["account"]["id"])
    if only_fill:
        return {}
    found = {name: measure(way, seconds) for name, way in _ways(service, client, user_id).items()}
    service.database.close()
    return found


def _ways(service: Service, client: TestClient, user_id: int) -> dict[str, Callable[[], object]]:
    assert old_day(service, user_id) == our_day(service) == A_DAY

    def get(path: str) -> Callable[[], object]:
        return lambda: client.get(path).raise_for_status()

    def recommend() -> object:
        return client.post("/api/v1/recommendations", json={"emotion": "happiness"}).raise_for_status()

    return {
        "day: old way, query": lambda: old_day(service, user_id),
        "day: ours, query": lambda: our_day(service),
        "day: ours, HTTP": get("/api/v1/statistics/day?day=2026-11-20"),
        "year: ours, HTTP": get("/api/v1/statistics/year?day=2026-11-20"),
        "random song: old way, query": lambda: old_random(service),
        "random song: ours, query": lambda: our_random(service),
        "random song: ours, HTTP": get("/emotion/recommend/random"),
        "recommendation: ours, HTTP": recommend,
        "search, rare word: reading titles, query": lambda: old_search(service, RARE),
        "search, rare word: ours, query": lambda: our_search(service, RARE),
        "search, common word: ours, query": lambda: our_search(service, COMMON),
        "search, two common words: ours, query": lambda: our_search(service, f"{COMMON} {SECOND}"),
        "search, part of Hangul words: ours, query": lambda: our_search(service, PART),
        "search, two words and genre: ours, HTTP": get(f"/api/v1/songs?q={COMMON}+{RARE[:3]}&genre=3"),
    }


@contextmanager
def server(kind: str) -> Iterator[Any]:
    """A temporary server, which gives databases by `new`."""
    with tempfile.TemporaryDirectory(prefix="feel") as name:
        folder = Path(name)
        folder.chmod(0o755)
        if kind == "sqlite":
            yield Sqlite(folder)
        else:
            with (postgres if kind == "postgresql" else mariadb)(folder) as running:
                yield running


def table(results: dict[str, dict[str, Row]]) -> str:
    """A row for each way, a column for each size; `results` by size."""
    sizes = sorted(results, key=int)
    lines = [
        "| what | " + " | ".join(f"{int(size):,}: /s, median, p99 ms" for size in sizes) + " | growth of the median |",
        "|---|" + "---|" * (len(sizes) + 1),
    ]
    for name in results[sizes[0]]:
        rows = [results[size][name] for size in sizes]
        cells = [f"{r['per_second']}, {r['median_ms']}, {r['p99_ms']}" for r in rows]
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {rows[-1]['median_ms'] / rows[0]['median_ms']:.2f} × |")
    return "\n".join(lines)


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", default="sqlite", help="of sqlite, postgresql, mariadb, by comma")
    parser.add_argument("--sizes", default="1000,100000,1000000")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement")
    parser.add_argument("--database-url", help="instead of temporary ones, for one server and size; filled only once")
    parser.add_argument("--only-fill", action="store_true", help="with --database-url: measure in a later run")
    parser.add_argument("--into", type=Path, help="JSON that results of several runs are gathered in")
    arguments = parser.parse_args()
    results: dict[str, dict[str, dict[str, Row]]] = {}
    if arguments.into and arguments.into.exists():
        results = json.loads(arguments.into.read_text("utf-8"))
    for kind in arguments.servers.split(","):
        of_server = results.setdefault(kind, {})
        for size in arguments.sizes.split(","):
            if arguments.database_url:
                of_server[size] = run(
                    int(size), arguments.database_url, arguments.seconds, only_fill=arguments.only_fill
                )
            else:
                with server(kind) as running:
                    of_server[size] = run(int(size), running.new(), arguments.seconds)
    if arguments.only_fill:
        return
    if arguments.into:
        arguments.into.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    for kind, of_server in results.items():
        print(f"\n{kind}\n\n{table(of_server)}")


if __name__ == "__main__":
    main()
