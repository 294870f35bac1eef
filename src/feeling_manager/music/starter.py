"""The starter catalogue: well-known songs over the ten genres, so that a new service has something to play.

Written from knowledge of music. A year is that of the first release, performance or publication (of the named
recording, where an artist performs it) and left out where we were not sure. The mood tags are our own judgement. No
video id is in it: `resolve.py` finds them when they are first needed.
"""

from importlib.resources import as_file, files

from feeling_manager.music.catalogue import song_of
from feeling_manager.music.song import Song
from feeling_manager.music.tables import read_table


def starter_songs() -> list[Song]:
    """All songs of `starter.tsv`, in its order."""
    with as_file(files("feeling_manager.music") / "starter.tsv") as path:
        return [song_of(row, source="starter") for _, row in read_table(path) if isinstance(row, dict)]
