"""The real service with the built client, on a database and a catalogue of its own, for the tests in the browser.

python tests/e2e/serve.py PORT [DATABASE]
"""

import math
import struct
import sys
import tempfile
import wave
from pathlib import Path

import uvicorn
from pydantic import SecretStr

from feeling_manager.music.genres import Genre
from feeling_manager.music.library import scan_folder
from feeling_manager.music.song import Song
from feeling_manager.service.app import create_app
from feeling_manager.service.db import Database
from feeling_manager.service.migrate import migrate
from feeling_manager.service.settings import Settings
from feeling_manager.service.songs.catalogue import SqlCatalogue

DIST = Path(__file__).resolve().parents[2] / "dist"
RATE = 8000


def tone(path: Path, hertz: float, seconds: float) -> None:
    """A WAV file to play."""
    count = int(RATE * seconds)
    samples = (int(8000 * math.sin(2 * math.pi * hertz * i / RATE)) for i in range(count))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, count, "NONE", ""))
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))


def main() -> None:
    """Serves until it is ended."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        music = folder / "music"
        music.mkdir()
        tone(music / "Test Tones - Morning.wav", 440, 4)
        tone(music / "Test Tones - Evening.wav", 330, 4)
        file = Path(sys.argv[2]) if len(sys.argv) > 2 else folder / "e2e.db"
        for old in file.parent.glob(f"{file.name}*"):
            old.unlink()
        settings = Settings(
            database_url=SecretStr(f"sqlite:///{file}"),
            secret_key=SecretStr("x" * 32),
            argon2_memory=8,
            argon2_time=1,
            registrations=1000,
            web_dist=DIST,
            log_file=False,
            resolve_videos=False,
            music_folders=(music,),
        )
        database = Database(settings.url)
        migrate(database)
        catalogue = SqlCatalogue(database)
        scan_folder(catalogue, music, genre=Genre.JAZZ)
        catalogue.add_many(
            [
                Song(id="yt:abcdefghijk", title="A video", video_id="abcdefghijk", genre=Genre.POP),
                # its video is found later (songs.spec.ts)
                Song(id="late", title="Later a video", genre=Genre.TROT),
            ]
        )
        database.close()
        uvicorn.run(create_app(settings), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")


if __name__ == "__main__":
    main()
