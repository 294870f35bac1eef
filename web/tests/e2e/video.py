"""What the service's search does when it has found a video: `python tests/e2e/video.py DATABASE SONG VIDEO`."""

import sys

from feeling_manager.service.db import Database
from feeling_manager.service.songs.catalogue import SqlCatalogue

if __name__ == "__main__":
    database = Database(f"sqlite:///{sys.argv[1]}")
    if not SqlCatalogue(database).set_video_id(sys.argv[2], sys.argv[3]):
        sys.exit(f"There is no song {sys.argv[2]}.")
    database.close()
