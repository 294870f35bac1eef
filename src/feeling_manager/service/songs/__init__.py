"""Songs: the catalogue in the database, and giving them."""

from collections.abc import Iterator
from contextlib import contextmanager

from feeling_manager.music.store import CatalogueStore


@contextmanager
def open_catalogue(database_url: str | None = None) -> Iterator[CatalogueStore]:
    """The catalogue of the service's database, whose tables are made where there are none."""
    from feeling_manager.service.db import Database
    from feeling_manager.service.migrate import migrate
    from feeling_manager.service.settings import load
    from feeling_manager.service.songs.catalogue import SqlCatalogue

    database = Database(database_url or load().url)
    try:
        migrate(database)
        yield SqlCatalogue(database)
    finally:
        database.close()
