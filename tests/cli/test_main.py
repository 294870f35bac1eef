import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from feeling_manager import __version__
from feeling_manager.cli import COMMANDS, build
from feeling_manager.types import Image
from tests.cli.conftest import Feeling


def test_version_and_help(feeling: Feeling) -> None:
    assert feeling("--version").stdout.strip() == f"feeling-manager {__version__}"
    words = feeling("--help").stdout
    for command in ("recognize", "analyze", "live", "report", "models", "doctor"):
        assert command in words


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    app = build((command,))
    names = [item.name for item in app.registered_commands] + [item.name for item in app.registered_groups]
    assert names == [command]


def test_unknown_command(feeling: Feeling) -> None:
    done = feeling("dance")
    assert done.returncode == 2
    assert "No such command 'dance'" in done.stderr


def test_recognize(feeling: Feeling, astronaut: Image, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), astronaut)
    cv2.imwrite(str(tmp_path / "blank.png"), np.zeros((50, 60, 3), np.uint8))
    done = feeling("recognize", "a.png", "blank.png")
    assert done.returncode == 0
    assert done.stdout.startswith("a.png: 1 face(s)\n  1. looks happy ")
    assert done.stdout.endswith("blank.png: 0 face(s)\n")
    korean = feeling("recognize", "a.png", "--lang", "ko")
    assert "행복" in korean.stdout
    data = json.loads(feeling("recognize", "a.png", "blank.png", "--json").stdout)
    assert [len(item["faces"]) for item in data] == [1, 0]
    assert data[0]["faces"][0]["emotion"] == "happiness"


def test_a_bad_picture_does_not_stop_the_others(feeling: Feeling, astronaut: Image, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), astronaut)
    (tmp_path / "bad.png").write_text("no picture")
    done = feeling("recognize", "bad.png", "none.png", "a.png")
    assert done.returncode == 3
    assert "1. looks happy" in done.stdout
    assert done.stderr.splitlines() == [
        "feeling: bad.png is not a picture that can be read.",
        "feeling: There is no file none.png; check the name.",
    ]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("recognize",), 2, "Missing argument"),
        (("recognize", "a.png", "--provider", "abacus"), 5, "choose one of cpu"),
        (("recognize", "a.png", "--lang", "fr"), 2, "The language is one of en, ko"),
        (("analyze", "none.mp4"), 3, "There is no file none.mp4"),
        (("analyze", "x", "--start", "5", "--end", "3"), 2, "must be later than --start"),
        (("analyze", "x", "--on", "anger>0.6"), 2, "add --webhook"),
        (("analyze", "x", "--exec", "true"), 2, "add --on"),
        (("live", "--headless"), 2, "add --json"),
        (("live", "--camera", "1", "--screen"), 2, "not several"),
        (("live", "--region", "0,0,9,9"), 2, "add --screen"),
        (("live", "--camera", "97", "--headless", "--json"), 3, "There is no camera 97"),
    ],
)
def test_mistakes_are_one_sentence(feeling: Feeling, arguments: tuple[str, ...], status: int, words: str) -> None:
    done = feeling(*arguments, DISPLAY="")
    assert done.returncode == status
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_traceback_only_when_asked_for(feeling: Feeling) -> None:
    mistake = ("recognize", "a.png", "--provider", "abacus")
    assert "Traceback" not in feeling(*mistake).stderr
    assert "Traceback" in feeling(*mistake, FEELING_DEBUG="1").stderr


def test_models(feeling: Feeling, tmp_path: Path) -> None:
    prepared = feeling("models", "prepare", FEELING_CACHE_DIR=str(tmp_path / "cache"))
    assert prepared.returncode == 0
    assert str(tmp_path / "cache") in prepared.stdout
    rows = json.loads(feeling("models", "list", "--json", FEELING_CACHE_DIR=str(tmp_path / "cache")).stdout)
    assert [(row["name"], row["precision"]) for row in rows] == [
        ("detector", "float32"),
        ("detector", "int12"),
        ("emotion", "int8"),
    ]
    assert feeling("models", "list").returncode == 0
