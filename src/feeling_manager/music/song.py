"""One song: what every part of the catalogue, the recommender and the service knows of it."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import parse_qs, quote_plus, urlsplit

from feeling_manager.music.errors import CatalogueError
from feeling_manager.music.genres import Genre


class Mood(StrEnum):
    """The thirteen feelings that music gives people in the United States and China.

    Cowen, Fang, Sauter & Keltner (2020), "What music makes us feel: At least 13 dimensions organize subjective
    experiences associated with music across different cultures", PNAS 117(4), 1924-1934. The order is that of the
    mood vectors in `mood.py`.
    """

    AMUSEMENT = "amusement"
    JOY = "joy"
    EROTICISM = "eroticism"
    BEAUTY = "beauty"
    RELAXATION = "relaxation"
    SADNESS = "sadness"
    DREAMINESS = "dreaminess"
    TRIUMPH = "triumph"
    ANXIETY = "anxiety"
    SCARINESS = "scariness"
    ANNOYANCE = "annoyance"
    DEFIANCE = "defiance"
    PUMPED_UP = "pumped up"


_VIDEO_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_LANGUAGE = re.compile(r"[A-Za-z-]{2,16}")
# C0 and C1 controls without tab and line ends, which become spaces; they break logs, terminals and XLSX cells.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def clean_text(text: str) -> str:
    """`text` on one line, without control characters and outer blanks; nothing else of it changes."""
    # lone surrogates come from broken JSON and can be stored by no database
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return " ".join(_CONTROLS.sub("", whole).split())


def normalised(text: str) -> str:
    """`text` for comparing: case folded, no accents, letters and digits of every script kept, the rest one space."""
    parts = unicodedata.normalize("NFKD", text).casefold()
    # only the accents of Latin, Greek and Cyrillic: those of Japanese tell letters apart
    bare = unicodedata.normalize("NFC", re.sub("[\u0300-\u036f'’]", "", parts))
    return " ".join("".join(c if c.isalnum() else " " for c in bare).split())


def parse_video_id(text: str) -> str | None:
    """The YouTube video id in `text`, an id or any of YouTube's addresses of a video; None where there is none."""
    word = text.strip()
    if _VIDEO_ID.fullmatch(word):
        return word
    try:
        parts = urlsplit(word if "//" in word else f"//{word}")
        host = (parts.hostname or "").removeprefix("www.").removeprefix("m.").removeprefix("music.")
    except ValueError:
        return None
    found = ""
    if host == "youtu.be":
        found = parts.path.strip("/").split("/")[0]
    elif host in ("youtube.com", "youtube-nocookie.com"):
        place = re.match(r"/(?:embed|shorts|live|v)/([^/]+)", parts.path)
        found = place[1] if place else parse_qs(parts.query).get("v", [""])[0]
    return found if _VIDEO_ID.fullmatch(found) else None


def song_id(*, title: str, artist: str = "", video_id: str | None = None, path: Path | None = None) -> str:
    """A stable id of at most 24 characters: by video, else by the place of the file, else by artist and title.

    A song that is known by artist and title keeps its id when its video is found.
    """
    if path is not None:
        return "file:" + _digest(path.as_posix())
    if video_id is not None:
        return "yt:" + video_id
    return "song:" + _digest(f"{_for_id(artist)}\n{_for_id(title)}")


def _for_id(text: str) -> str:
    # a title of signs only ("÷", "???") has no letters to compare
    return normalised(text) or text.strip()


def _digest(text: str) -> str:
    # NFC: macOS hands out file names decomposed
    return hashlib.blake2b(
        unicodedata.normalize("NFC", text).encode("utf-8", "surrogateescape"), digest_size=9
    ).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Song:
    """One song of the catalogue.

    id: see `song_id`. title, artist: kept whole, whatever their characters and length; artist may be empty. genre:
    one of ten. video_id: of YouTube, 11 characters, or None. language: ISO 639-1, "zxx" for no words, or None.
    moods: tags in the order of `Mood`. valence, arousal: -1 to 1 where a source states them; `mood.py` estimates them
    otherwise. path: of a local file, else None. duration: seconds. explicit: None where unknown. source: where it
    came from ("starter", "youtube", "import", "local").

    Raises `CatalogueError` where a value can't be one of those.
    """

    id: str
    title: str
    artist: str = ""
    genre: Genre = Genre.EXTRA
    video_id: str | None = None
    language: str | None = None
    year: int | None = None
    moods: tuple[Mood, ...] = ()
    valence: float | None = None
    arousal: float | None = None
    path: Path | None = None
    duration: float | None = None
    explicit: bool | None = None
    source: str = "import"

    def __post_init__(self) -> None:
        problem = _wrong_word(self) or _wrong_number(self)
        if problem:
            raise CatalogueError(problem)
        # frozen: tags given twice or in another order make the same record
        if len(self.moods) > 1:
            object.__setattr__(self, "moods", tuple(mood for mood in Mood if mood in self.moods))
        if type(self.genre) is not Genre:
            object.__setattr__(self, "genre", Genre(self.genre))

    @property
    def label(self) -> str:
        """Artist and title as one reads them."""
        return f"{self.artist} – {self.title}" if self.artist else self.title

    @property
    def watch_url(self) -> str:
        """Where a person can hear it: the video, or a search for it while no video is known."""
        if self.video_id is not None:
            return f"https://music.youtube.com/watch?v={self.video_id}"
        return self.search_url

    @property
    def search_url(self) -> str:
        """A search for artist and title on YouTube."""
        return "https://www.youtube.com/results?search_query=" + quote_plus(f"{self.artist} {self.title}".strip())

    @property
    def embed_url(self) -> str | None:
        """The player for a page, on the host that sets no cookie before it plays; None without a video."""
        return None if self.video_id is None else f"https://www.youtube-nocookie.com/embed/{self.video_id}"


def _wrong_word(song: Song) -> str | None:
    if not 1 <= len(song.id) <= 64:
        return f"A song's id has 1 to 64 characters, not {len(song.id)}."
    if not song.title.strip():
        return "A song needs a title."
    if song.video_id is not None and not _VIDEO_ID.fullmatch(song.video_id):
        return f"{song.video_id!r} is no YouTube video id: those have 11 letters, digits, - or _."
    if song.language is not None and not _LANGUAGE.fullmatch(song.language):
        return f"{song.language!r} is no language; give a code such as ko or en."
    if not 1 <= len(song.source) <= 32:
        return "A song's source is a word of 1 to 32 characters."
    return None


def _wrong_number(song: Song) -> str | None:
    if not 1 <= song.genre <= 10:
        return f"{song.genre!r} is no genre; give a number from 1 to 10."
    if song.year is not None and not 1 <= song.year <= 9999:
        return f"{song.year} is no year of a song."
    for name, value in (("valence", song.valence), ("arousal", song.arousal)):
        if value is not None and not -1.0 <= value <= 1.0:
            return f"{name} is a number from -1 to 1, not {value}."
    if song.duration is not None and not 0.0 <= song.duration < float("inf"):
        return f"A song can't last {song.duration} seconds."
    return None
