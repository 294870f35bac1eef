"""Videos of songs that are given: searched in the background when one is first needed, and kept. No request waits."""

import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import structlog

from feeling_manager.errors import FeelingError
from feeling_manager.music.resolve import find_video
from feeling_manager.music.song import Song
from feeling_manager.music.youtube import UnreadableAnswerError, YouTube
from feeling_manager.service.db import Database, utcnow
from feeling_manager.service.models import SongRow
from feeling_manager.service.songs.catalogue import SqlCatalogue
from feeling_manager.service.songs.repository import to_song

log = structlog.get_logger("videos")

MOST_WAITING = 100
REST = 600.0
"""Seconds in which nothing is asked after YouTube Music could not be reached."""
AGAIN = timedelta(days=30)
"""After which a song without a fitting video is searched once more."""


class VideoFinder:
    """Searches one song after another in a thread of its own, which begins with the first.

    connect: makes the client, when it is needed.
    """

    def __init__(self, database: Database, connect: Callable[[], YouTube] = YouTube) -> None:
        self._store = SqlCatalogue(database)
        self._connect = connect
        self._waiting: queue.Queue[Song | None] = queue.Queue(MOST_WAITING)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._rests_until = 0.0

    def want(self, row: SongRow) -> None:
        """Asks for the video of a song that has none; forgotten where too many wait or YouTube Music is away."""
        tried = row.tried_at is not None and utcnow() - row.tried_at < AGAIN
        if row.video_id is not None or row.path is not None or tried or time.monotonic() < self._rests_until:
            return
        with suppress(queue.Full):
            self._waiting.put_nowait(to_song(row))
        with self._lock:
            if self._thread is None:
                # a daemon: a search that hangs keeps no service from ending
                self._thread = threading.Thread(target=self._run, name="videos", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Ends after the search that runs."""
        with suppress(queue.Full):
            self._waiting.put_nowait(None)

    def _run(self) -> None:
        client: YouTube | None = None
        while (song := self._waiting.get()) is not None:
            if time.monotonic() < self._rests_until:
                continue
            try:
                client = client or self._connect()
                self._find(client, song)
            except Exception as error:  # the next song may go well, and nobody waits for this one
                self._rests_until = time.monotonic() + REST
                code = error.code if isinstance(error, FeelingError) else type(error).__name__
                log.warning("no video could be searched", code=code)

    def _find(self, client: YouTube, song: Song) -> None:
        known = self._store.get_many([song.id]).get(song.id)
        if known is None or known.video_id is not None:
            return
        try:
            track = find_video(client, song)
        except UnreadableAnswerError:
            track = None
        if track is None or not self._store.set_video_id(song.id, track.video_id):
            self._store.set_video_id(song.id, None)
