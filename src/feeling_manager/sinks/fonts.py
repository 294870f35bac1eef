"""Finds a font for the words on frames and charts. English needs none: Pillow brings one."""

import os
import subprocess
from functools import cache
from pathlib import Path

from PIL import ImageFont

from feeling_manager.errors import MissingDependencyError, UsageError

LANGUAGES = ("en", "ko")
VARIABLE = "FEELING_FONT"

_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "~/Library/Fonts",
    "C:/Windows/Fonts",
)
_HANGUL = (
    "NotoSansKR*",
    "NotoSansCJK-Regular*",
    "NotoSansCJKkr-Regular*",
    "NanumGothic.*",
    "AppleSDGothicNeo*",
    "malgun.ttf",
)
_SAMPLES = {"en": "Ag", "ko": "행무"}


def check_lang(lang: str) -> str:
    """The language, if we have words in it. Raises UsageError."""
    if lang not in LANGUAGES:
        raise UsageError(f"The language is one of {', '.join(LANGUAGES)}, not {lang!r}.")
    return lang


@cache
def find(lang: str) -> Path | None:
    """A font file that can write `lang`; None means Pillow's own, which can write English.

    The environment variable FEELING_FONT names one, otherwise fontconfig is asked, then the usual folders are
    searched. Raises UsageError for a FEELING_FONT that is no such font, MissingDependencyError where there is none.
    """
    check_lang(lang)
    if chosen := os.environ.get(VARIABLE):
        path = Path(chosen)
        if not _writes(path, lang):
            raise UsageError(f"{VARIABLE} names {path}, which is no font file that can write {_SAMPLES[lang]!r}.")
        return path
    if lang == "en":
        return None
    for path in (*_asked(lang), *_searched()):
        if _writes(path, lang):
            return path
    raise MissingDependencyError(
        "Korean words on pictures need a font with Hangul: install one (on Debian and Ubuntu `apt-get install "
        f"fonts-noto-cjk` or `fonts-nanum`), or set {VARIABLE} to the path of one."
    )


def _asked(lang: str) -> list[Path]:
    try:
        answer = subprocess.run(
            ["fc-match", "--format=%{file}", f"sans-serif:lang={lang}"], capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return [Path(answer.stdout.strip())] if answer.stdout.strip() else []


def _searched() -> list[Path]:
    folders = [Path(folder).expanduser() for folder in _FOLDERS]
    return [path for folder in folders if folder.is_dir() for name in _HANGUL for path in sorted(folder.rglob(name))]


def _writes(path: Path, lang: str) -> bool:
    """Whether it is a font that has the letters: a missing letter is drawn like every other missing one."""
    try:
        font = ImageFont.truetype(str(path), 24)
    except OSError:
        return False
    shapes = {bytes(font.getmask(letter)) for letter in (*_SAMPLES[lang], "\U0010fffe")}
    return len(shapes) == len(_SAMPLES[lang]) + 1
