"""Damaged media through the whole of `feeling analyze`: a result or one sentence, never anything else."""

from pathlib import Path

import pytest

from feeling_manager import EmotionRecognizer, analyze_video
from feeling_manager.errors import FeelingError, OutputError
from tests.damage import corpus, make_good


def _analyze_all(folder: Path, number: int, seed: int) -> tuple[int, int]:
    """How many damaged files were analysed, and how many were refused with a sentence."""
    (folder / "good").mkdir()
    (folder / "bad").mkdir()
    recognizer = EmotionRecognizer(threads=1)
    analysed = 0
    sentences: list[str] = []
    for index, path in enumerate(corpus(make_good(folder / "good"), folder / "bad", number, seed)):
        out = folder / f"out{index}"
        try:
            analyze_video(path, out, only={"annotated", "csv", "summary"}, recognizer=recognizer)
        except OutputError:
            # a damaged input is not the fault of the folder
            raise
        except FeelingError as error:
            sentences.append(str(error))
            left_over = [*out.iterdir()] if out.exists() else []
        else:
            analysed += 1
            left_over = list(out.glob("*.part"))
        assert left_over == []
    assert [sentence for sentence in sentences if not sentence.endswith(".")] == []
    return analysed, len(sentences)


def test_sixty_damaged_files(tmp_path: Path) -> None:
    analysed, refused = _analyze_all(tmp_path, 60, seed=0)
    assert analysed + refused == 60
    assert min(analysed, refused) > 5


@pytest.mark.soak
def test_a_thousand_damaged_files(tmp_path: Path) -> None:
    analysed, refused = _analyze_all(tmp_path, 1000, seed=1)
    assert analysed + refused == 1000
