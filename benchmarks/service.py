"""The service's queries against the old service's way, on the same database and rows.

    python benchmarks/service.py [--sizes 1000,100000,1000000] [--database-url URL]

Old way of a day's statistics: all rows of the person loaded and counted in Python. Old way of a random song: `ORDER BY
RANDOM()` over the catalogue. Ours are measured through HTTP, in process, and their queries alone, as the old ways are.
"""

import argparse
import json
import logging
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
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
from feeling_manager.service.models import SongRow, SpellRow
from feeling_manager.service.settings import Settings
from feeling_manager.service.songs import service as songs

TODAY = datetime(2026, 11, 20, 3, tzinfo=UTC)
A_DAY = 100
Row = dict[str, Any]


def fill(service: Service, user_id: int, size: int) -> None:
    """`size` songs, and `size` spells of which 100 are today's and the others spread, 500 on each day before."""
    rng = random.Random(1)
    with service.database.begin() as db:
        for start in range(0, size, 5000):
            db.execute(insert(SongRow), [_song(n, rng.random()) for n in range(start, min(start + 5000, size))])
    with service.database.begin() as db:
        for start in range(0, size, 5000):
            db.execute(insert(SpellRow), [_spell(user_id, n) for n in range(start, min(start + 5000, size))])
    days = [_start(n).date() for n in range(0, size, A_DAY)]
    with service.database.begin() as db:
        user = find_user(db, "bench")
        assert user is not None
        sums.recount(db, user, days)


def _song(n: int, draw: float) -> Row:
    return {
        "id": f"song:{n}", "title": f"Title {n}", "artist": "Artist", "genre": n % 10 + 1, "video_id": f"v{n:010d}",
        "moods": "", "source": "bench", "words": f"artist title {n}", "cell": n % 81, "draw": draw, "video_draw": draw,
        "added_at": TODAY, "plays": 0, "likes": 0,
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


def run(size: int, url: str | None, seconds: float) -> dict[str, Row]:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            database_url=SecretStr(url or f"sqlite:///{Path(folder) / 'bench.db'}"),
            secret_key=SecretStr("k" * 32),
            retention_days=36500,
            repeat_after=0,
        )
        app = create_app(settings)
        service: Service = app.state.service
        migrate(service.database)
        # no lifespan: its upkeep would run beside the measurement
        client = TestClient(app)
        answer = client.post("/api/v1/account", json={"username": "bench", "password": "benchmark"})
        user_id = int(answer.json()["account"]["id"])
        fill(service, user_id, size)
        assert old_day(service, user_id) == our_day(service) == A_DAY

        def get(path: str) -> Callable[[], object]:
            return lambda: client.get(path).raise_for_status()

        def recommend() -> object:
            return client.post("/api/v1/recommendations", json={"emotion": "happiness"}).raise_for_status()

        ways: dict[str, Callable[[], object]] = {
            "day: old way, query": lambda: old_day(service, user_id),
            "day: ours, query": lambda: our_day(service),
            "day: ours, HTTP": get("/api/v1/statistics/day?day=2026-11-20"),
            "year: ours, HTTP": get("/api/v1/statistics/year?day=2026-11-20"),
            "random song: old way, query": lambda: old_random(service),
            "random song: ours, query": lambda: our_random(service),
            "random song: ours, HTTP": get("/emotion/recommend/random"),
            "recommendation: ours, HTTP": recommend,
        }
        found = {name: measure(way, seconds) for name, way in ways.items()}
        service.database.close()
        return found


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,100000,1000000")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement")
    parser.add_argument("--database-url", help="an empty database; one size only")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    sizes = [int(size) for size in arguments.sizes.split(",")]
    results = {size: run(size, arguments.database_url, arguments.seconds) for size in sizes}
    if arguments.json:
        print(json.dumps(results, indent=2))
        return
    print("| what | " + " | ".join(f"{size:,}: /s, median, p99 ms" for size in sizes) + " | growth of the median |")
    print("|---|" + "---|" * (len(sizes) + 1))
    for name in results[sizes[0]]:
        rows = [results[size][name] for size in sizes]
        cells = [f"{r['per_second']}, {r['median_ms']}, {r['p99_ms']}" for r in rows]
        print(f"| {name} | " + " | ".join(cells) + f" | {rows[-1]['median_ms'] / rows[0]['median_ms']:.2f} × |")


if __name__ == "__main__":
    main()
