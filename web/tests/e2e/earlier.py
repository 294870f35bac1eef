"""Moves all songs that were given a day back, so that each may be given again: python tests/e2e/earlier.py DATABASE"""

import sys
from datetime import timedelta

from sqlalchemy import select

from feeling_manager.service.db import Database
from feeling_manager.service.models import Play

if __name__ == "__main__":
    database = Database(f"sqlite:///{sys.argv[1]}")
    with database.begin() as db:
        for play in db.scalars(select(Play)):
            play.at -= timedelta(days=1)
    database.close()
