import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import matplotlib
import pytest

from feeling_manager.errors import FeelingError, MissingDependencyError, UsageError
from feeling_manager.labels import EMOTIONS
from feeling_manager.sinks import fonts
from feeling_manager.sinks.words import WORDS, Words
from feeling_manager.types import Unclear

DEJAVU = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fonts are looked for once a process: forget what was found."""
    monkeypatch.delenv(fonts.VARIABLE, raising=False)
    fonts.find.cache_clear()
    yield
    fonts.find.cache_clear()


def test_english_needs_no_font() -> None:
    assert fonts.find("en") is None


def test_the_environment_names_a_font(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(fonts.VARIABLE, str(DEJAVU))
    assert fonts.find("en") == DEJAVU


def test_a_font_without_hangul_is_not_taken_for_korean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(fonts.VARIABLE, str(DEJAVU))
    with pytest.raises(UsageError, match="FEELING_FONT names"):
        fonts.find("ko")


def test_what_is_no_font_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "x.ttf").write_text("no font")
    for path in (tmp_path / "x.ttf", tmp_path / "missing.ttf"):
        fonts.find.cache_clear()
        monkeypatch.setenv(fonts.VARIABLE, str(path))
        with pytest.raises(UsageError, match="no font file"):
            fonts.find("en")


def test_without_a_korean_font_a_sentence_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_FOLDERS", ())
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingDependencyError, match="fonts-noto-cjk"):
        fonts.find("ko")


def korean_font() -> Path:
    """The machine's Korean font; the test is skipped where there is none."""
    try:
        found = fonts.find("ko")
    except FeelingError:
        pytest.skip("no font with Hangul on this machine")
    assert found is not None
    return found


def test_a_korean_font_is_found_by_fontconfig_or_in_the_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    found = korean_font()
    if shutil.which("fc-match"):
        listed = subprocess.run(["fc-list", ":lang=ko", "file"], capture_output=True, text=True, check=True).stdout
        assert str(found) in listed
    fonts.find.cache_clear()
    monkeypatch.setenv("PATH", "")
    assert korean_font().is_file()


def test_an_unknown_language_is_told() -> None:
    with pytest.raises(UsageError, match="en, ko"):
        fonts.find("fr")


def test_every_language_has_the_same_words_with_the_same_gaps() -> None:
    gaps = {
        lang: {key: {field for _, field, _, _ in Formatter().parse(text) if field} for key, text in words.items()}
        for lang, words in WORDS.items()
    }
    assert set(gaps) == set(fonts.LANGUAGES)
    assert gaps["en"] == gaps["ko"]
    assert all(text.strip() for words in WORDS.values() for text in words.values())


def test_words_answer_by_name() -> None:
    for lang in fonts.LANGUAGES:
        words = Words(lang)
        assert [words.emotion(emotion) for emotion in EMOTIONS] == [emotion.text(lang) for emotion in EMOTIONS]
        assert len({words.reason(reason) for reason in Unclear}) == len(Unclear)
        assert all(getattr(words, key) == text for key, text in WORDS[lang].items())
    with pytest.raises(AttributeError):
        _ = Words("en").no_such_word
    assert Words("en").face_count(1) == "1 face"
    assert Words("ko").person_name(3) == "사람 3"
