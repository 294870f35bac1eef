"""Damaged files are read as far as they go or named in one sentence: no other error, no hang, no growth, no chatter."""

import json
import random
import select
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.damage import corpus, duplicate_block, flip_bytes, make_good

SECONDS = 20
"""For one file; a good one takes 0.02."""
MOST_MIB = 600
"""In all; importing what is needed takes 80."""
GROWTH_MIB = 40

SENTENCE_ENDS = (".", ")")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return make_good(tmp_path_factory.mktemp("good"))


def read_all(paths: Sequence[Path], complaints: Path) -> Iterator[dict[str, Any]]:
    """What `reader` says of each file. Fails the test when one takes too long or ends the process."""
    command = [sys.executable, "-m", "tests.sources.reader"]
    with (
        complaints.open("w") as errors,
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, bufsize=1
        ) as child,
    ):
        assert child.stdin
        assert child.stdout
        try:
            for path in paths:
                child.stdin.write(f"{path}\n")
                ready, _, _ = select.select([child.stdout], [], [], SECONDS)
                line = child.stdout.readline() if ready else ""
                if not line:
                    how = f"ended the process ({child.wait()})" if ready else f"took more than {SECONDS} s"
                    pytest.fail(f"{path} {how}\n{complaints.read_text()}")
                yield json.loads(line)
            child.stdin.close()
            child.wait(SECONDS)
        finally:
            child.kill()


def check(good: list[Path], damaged: list[Path], complaints: Path) -> Counter[str]:
    """Reads them between rounds of good files, whose memory tells whether anything is left behind."""
    warm = damaged[: len(damaged) // 3]
    results = list(read_all([*good, *warm, *good, *damaged, *good], complaints))
    crashed = [result for result in results if result["end"] == "crash"]
    assert not crashed
    assert complaints.read_text() == ""
    for result in results:
        if result["end"] != "read":
            assert "\n" not in result["said"]
            assert result["said"].endswith(SENTENCE_ENDS)
    rounds = len(good)
    first, *_ = start = results[:rounds]
    middle, last = results[rounds + len(warm) :][:rounds], results[-rounds:]
    for before, after in ((start, middle), (start, last)):
        assert [result["frames"] for result in after] == [result["frames"] for result in before]
    assert max(result["mib"] for result in results) < MOST_MIB
    assert last[-1]["mib"] - middle[-1]["mib"] < GROWTH_MIB, (first, middle[-1], last[-1])
    return Counter(result["end"] for result in results[-rounds - len(damaged) : -rounds])


def test_good_files_are_read_whole(good: list[Path], tmp_path: Path) -> None:
    results = list(read_all(good, tmp_path / "complaints"))
    frames = {result["file"]: result.get("frames") for result in results}
    assert {frames[path.name] for path in good if path.suffix in (".mp4", ".mkv", ".ts", ".webm", ".avi")} == {20}
    assert {frames[name] for name in ("moving.gif", "moving.webp", "moving.png")} == {5}
    assert all(result["dropped"] == 0 for result in results)


def test_damaged_files(good: list[Path], tmp_path: Path) -> None:
    (tmp_path / "damaged").mkdir()
    ends = check(good, list(corpus(good, tmp_path / "damaged", 60)), tmp_path / "complaints")
    # the damage is neither nothing nor everything
    assert ends["read"] > 10
    assert ends["source"] + ends["invalid_image"] > 10


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(1, 6))
def test_a_thousand_damaged_files(good: list[Path], tmp_path: Path, seed: int) -> None:
    (tmp_path / "damaged").mkdir()
    check(good, list(corpus(good, tmp_path / "damaged", 200, seed)), tmp_path / "complaints")


def test_the_corpus_is_the_same_on_every_run(good: list[Path], tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    again = make_good(tmp_path / "again")
    assert {path.name: path.read_bytes() for path in again} == {path.name: path.read_bytes() for path in good}
    folders = [tmp_path / "one", tmp_path / "other", tmp_path / "third"]
    for folder in folders:
        folder.mkdir()
    one, other, third = (
        [(path.name, path.read_bytes()) for path in corpus(good, folder, 15, seed)]
        for folder, seed in zip(folders, (0, 0, 1), strict=True)
    )
    assert one == other
    assert one != third


def test_a_decoder_that_complains_while_it_is_closed_does_not_hang(good: list[Path], tmp_path: Path) -> None:
    """PyAV's log callback, which any log level sets, wants the interpreter's lock in a decoder's thread; whoever closes
    the decoder holds the lock and waits for the thread. An animated PNG that is read by FFmpeg does it at once."""
    content = next(path for path in good if path.name == "moving.png").read_bytes()
    paths = []
    for seed in range(20):
        damaged, chance = bytearray(content), random.Random(seed)
        duplicate_block(damaged, chance)
        flip_bytes(damaged, chance)
        paths.append(tmp_path / f"{seed}.mkv")
        paths[-1].write_bytes(damaged)
    results = list(read_all([path for path in paths for _ in range(6)], tmp_path / "complaints"))
    assert len(results) == 120
