"""What version 0.1.0 (commit 2d128a3) left behind: its database as a backup, and its command line's queue and login.

Made once, with that version's sources on the path: `PYTHONPATH=OLD/src python make.py FOLDER`.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from fastapi.testclient import TestClient
from pydantic import SecretStr

from feeling_manager.labels import HAPPINESS, NAMES
from feeling_manager.music.genres import Genre
from feeling_manager.music.song import Song
from feeling_manager.service.app import create_app
from feeling_manager.service.backup import backup
from feeling_manager.service.client import Account, JournalQueue, write_account
from feeling_manager.service.db import Database
from feeling_manager.service.migrate import migrate
from feeling_manager.service.settings import Settings
from feeling_manager.service.songs.catalogue import SqlCatalogue
from feeling_manager.spells import Spell

PASSWORD = "correct horse battery"


def spell(number: int, start: str, end: str, emotion: str) -> dict[str, Any]:
    shares = [0.9 if name == emotion else 0.1 / 7 for name in NAMES]
    made = {"id": str(UUID(int=number)), "start": start, "end": end, "emotion": emotion, "probabilities": shares}
    return made | {"readings": 100, "unclear_share": 0.25}


def main(folder: Path) -> None:
    url = f"sqlite:///{folder / 'made.db'}"
    database = Database(url)
    migrate(database)
    songs = [Song(id=f"song:{n}", title=f"Song {n}", artist="Band", genre=Genre(n % 10 + 1)) for n in range(12)]
    SqlCatalogue(database).add_many(
        [*songs, Song(id="yt:video000001", title="V", genre=Genre(10), video_id="video000001")]
    )
    settings = Settings(
        database_url=SecretStr(url), secret_key=SecretStr("k" * 32), argon2_memory=8, argon2_time=1, log_file=False,
        resolve_videos=False, retention_days=36500,
    )  # fmt: skip
    with TestClient(create_app(settings)) as client:
        client.post("/api/v1/account", json={"username": "minsu", "password": PASSWORD}).raise_for_status()
        spells = [
            spell(1, "2026-11-19T23:58:00+09:00", "2026-11-20T00:02:00+09:00", "happiness"),
            spell(2, "2026-11-20T12:00:00+09:00", "2026-11-20T12:01:00+09:00", "sadness"),
        ]
        client.post("/api/v1/journal/spells", json={"spells": spells}).raise_for_status()
        client.patch(f"/api/v1/journal/spells/{UUID(int=2)}", json={"emotion": "happiness"}).raise_for_status()
        entry = {"at": "2026-11-20T21:00:00+09:00", "emotion": "fear", "note": "exam", "tags": {"place": ["school"]}}
        client.put(f"/api/v1/journal/entries/{UUID(int=3)}", json=entry).raise_for_status()
        client.put("/api/v1/preferences", json={"goals": {"anger": "lift"}}).raise_for_status()
        client.put("/api/v1/consents/camera", json={"version": "1"}).raise_for_status()
        for feedback in ({"played": 1.0}, {"played": 0.5, "liked": True}, {"played": 0.0, "skipped": True}, {}):
            play = client.post("/api/v1/recommendations", json={"emotion": "anger"}).json()["play"]
            client.put(f"/api/v1/journal/plays/{play}/feedback", json=feedback).raise_for_status()
        client.put("/api/v1/bans/song:3").raise_for_status()
        old = {"userId": "old", "userPw": "secret", "userName": "Old", "userSex": 1, "userEmail": "old@example.org"}
        assert client.post("/member/register", json=old | {"anger": "1000000000"}).json() == {"result": "success"}
        assert client.post("/member/login", json=old).json() == {"result": "success"}
        client.post("/emotion/recommend", json={"emotion_data": 4}).raise_for_status()
    backup(database, folder / "backup.jsonl.gz")
    database.close()
    (folder / "made.db").unlink()
    write_account(Account("http://127.0.0.1:9", "token-of-0.1.0"))
    queue = JournalQueue(Account("http://127.0.0.1:9", "token-of-0.1.0"))
    start = datetime(2026, 11, 21, 3, tzinfo=UTC).timestamp()
    shares = np.full(8, 0.125, np.float32)
    for n in range(3):
        queue.add(Spell(UUID(int=10 + n), start + 60 * n, start + 60 * n + 30, HAPPINESS, shares, 300, 0.1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
