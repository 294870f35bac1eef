import errno
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from feeling_manager.errors import OutputError
from feeling_manager.sinks.files import part_of
from feeling_manager.sinks.film import FilmSink
from feeling_manager.sinks.video import LONGEST, SHORTEST, VideoWriter, film_size, fit
from feeling_manager.types import Frame, Image
from tests.clips import FPS, RATE, clicks, heard_clicks, moving_face, read_images, read_times, write_clip

WHITE_AT = 0.5
"""Seconds within each second at which the flashing film is white, and clicks."""


def flashing(seconds: int) -> Iterator[Image]:
    """Dark frames, of which one a second is white: at the click of `clicks`."""
    for index in range(seconds * FPS):
        flash = index % FPS == round(WHITE_AT * FPS)
        yield np.full((120, 160, 3), 255 if flash else 20, np.uint8)


def flashes(path: Path) -> list[float]:
    """Seconds of the white frames."""
    pairs = zip(read_times(path), read_images(path), strict=True)
    return [time for time, image in pairs if image.mean() > 128]


def out_of_step(source: Path, target: Path) -> float:
    """Seconds by which sound and picture are further apart in the target than they were in the source, at most."""
    before, after = (np.subtract(flashes(path), heard_clicks(path)) for path in (source, target))
    return float(np.abs(after - before.mean()).max())


def rewrite(source: Path, target: Path, *, start: float = 0.0, end: float = 99.0, sound: bool = True) -> None:
    """Writes a film again, as the pipeline does."""
    writer = VideoWriter(target, fps=FPS, origin=start, sound_from=source if sound else None)
    for time, image in zip(read_times(source), read_images(source), strict=True):
        if start <= time < end:
            writer.write(image, time)
    writer.close(whole=True)


def audio_codec(path: Path) -> str | None:
    with av.open(str(path)) as container:
        streams = container.streams.audio
        return streams[0].codec_context.codec.canonical_name if streams else None


@pytest.mark.parametrize(
    ("name", "codec", "kept"),
    [
        ("a.mp4", "aac", "aac"),
        ("b.mkv", "libmp3lame", "mp3"),
        ("c.mkv", "libopus", "opus"),
        ("d.mkv", "flac", "flac"),
        ("e.mov", "pcm_s16le", "aac"),
        ("f.mkv", "ac3", "aac"),
    ],
)
def test_sound_is_kept_in_step_with_the_picture(tmp_path: Path, name: str, codec: str, kept: str) -> None:
    source = write_clip(tmp_path / name, flashing(4), sound=clicks(4), audio_codec=codec)
    target = tmp_path / "out.mp4"
    rewrite(source, target)
    assert audio_codec(target) == kept
    assert out_of_step(source, target) < 0.005
    assert len(flashes(target)) == len(heard_clicks(target)) == 4
    assert not part_of(target).exists()


@pytest.mark.parametrize("codec", ["aac", "pcm_s16le"])
def test_sound_lasts_as_long_as_the_picture(tmp_path: Path, codec: str) -> None:
    tone = 0.5 * np.sin(np.arange(3 * RATE, dtype=np.float32) * 0.05)[None]
    source = write_clip(tmp_path / "a.mov", flashing(3), sound=tone, audio_codec=codec)
    rewrite(source, tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as container:
        heard = sum(frame.samples for frame in container.decode(audio=0) if np.abs(frame.to_ndarray()).max() > 0.1)
    assert heard / RATE == pytest.approx(3.0, abs=0.03)


@pytest.mark.parametrize("codec", ["aac", "pcm_s16le"])
def test_sound_is_cut_with_the_picture(tmp_path: Path, codec: str) -> None:
    source = write_clip(tmp_path / "a.mov", flashing(6), sound=clicks(6), audio_codec=codec)
    target = tmp_path / "out.mp4"
    rewrite(source, target, start=2.0, end=4.0)
    assert out_of_step(source, target) < 0.005
    seen = flashes(target)
    assert len(seen) == len(heard_clicks(target)) == 2
    assert seen == pytest.approx([0.5, 1.5], abs=0.03)
    with av.open(str(target)) as container:
        assert container.duration is not None
        assert container.duration / av.time_base == pytest.approx(2.0, abs=0.1)


def test_the_film_plays_in_a_browser_and_keeps_every_frame(tmp_path: Path) -> None:
    images = list(moving_face(30))
    writer = VideoWriter(tmp_path / "out.mp4", fps=FPS)
    for index, image in enumerate(images):
        writer.write(image, index / FPS)
    writer.close(whole=True)
    with av.open(str(tmp_path / "out.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert stream.frames == 30, "the index is there: it can be sought in"
        assert stream.duration is not None
        assert stream.time_base is not None
        assert float(stream.duration * stream.time_base) == pytest.approx(30 / FPS, abs=0.002)
    read = read_images(tmp_path / "out.mp4")
    error = np.mean([np.abs(a.astype(int) - b).mean() for a, b in zip(images, read, strict=True)])
    assert error < 4, "the colours are those that went in"


def test_uneven_times_are_kept(tmp_path: Path) -> None:
    times = [0.0, 0.04, 0.1, 0.5, 0.51, 1.7, 1.72, 3.0]
    writer = VideoWriter(tmp_path / "out.mp4", fps=FPS)
    for time, image in zip(times, moving_face(len(times)), strict=True):
        writer.write(image, time)
    writer.close(whole=True)
    assert read_times(tmp_path / "out.mp4") == pytest.approx(times, abs=0.002)


def test_times_that_stand_still_or_go_back_do_not_stop_the_film(tmp_path: Path) -> None:
    writer = VideoWriter(tmp_path / "out.mp4", fps=FPS)
    for time, image in zip([0.0, 0.0, 0.5, 0.2, 0.6], moving_face(5), strict=True):
        writer.write(image, time)
    writer.close(whole=True)
    times = read_times(tmp_path / "out.mp4")
    assert len(times) == 5
    assert all(a < b for a, b in pairwise(times))


@pytest.mark.parametrize("size", [(1, 1), (33, 47), (240, 320), (31, 640)])
def test_any_size_becomes_an_even_one(tmp_path: Path, size: tuple[int, int]) -> None:
    writer = VideoWriter(tmp_path / "out.mp4")
    writer.write(np.full((*size, 3), 200, np.uint8), 0.0)
    # a source may change its size in between
    writer.write(np.full((50, 70, 3), 100, np.uint8), 1.0)
    writer.close(whole=True)
    height, width = read_images(tmp_path / "out.mp4")[0].shape[:2]
    assert height % 2 == width % 2 == 0
    assert height >= max(size[0], SHORTEST)
    assert width >= max(size[1], SHORTEST)


def test_very_large_pictures_are_made_smaller() -> None:
    assert film_size(20_000, 10_000) == (LONGEST, LONGEST // 2)
    fitted = fit(np.full((300, 900, 3), 7, np.uint8), 200, 200)
    assert fitted.shape == (200, 200, 3)
    assert (fitted[100] == 7).all()
    assert (fitted[:50] == 0).all()


def test_without_a_picture_there_is_no_film_and_the_older_one_stays(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    path.write_bytes(b"older")
    with FilmSink(path, lambda frame, _: frame.image):
        pass
    assert path.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [path]


def test_after_an_error_the_film_stays_as_part_and_plays(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with FilmSink(path, lambda frame, _: frame.image) as sink:
        for index, image in enumerate(moving_face(10)):
            sink.write(Frame(image, index / FPS, index), [])
        sink.__exit__(RuntimeError, RuntimeError("something"), None)
        assert not path.exists()
        assert len(read_times(part_of(path))) == 10


@pytest.mark.parametrize("content", [b"", b"not a film at all", b"\x00\x00\x00\x20ftypisom" + bytes(5000)])
def test_sound_that_cannot_be_read_is_left_out(tmp_path: Path, content: bytes) -> None:
    source = tmp_path / "broken.mp4"
    source.write_bytes(content)
    writer = VideoWriter(tmp_path / "out.mp4", sound_from=source)
    for index, image in enumerate(moving_face(3)):
        writer.write(image, index / FPS)
    writer.close(whole=True)
    assert len(read_times(tmp_path / "out.mp4")) == 3
    assert audio_codec(tmp_path / "out.mp4") is None


def test_sound_that_breaks_off_or_is_damaged_costs_no_picture(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "a.mkv", flashing(3), sound=clicks(3), audio_codec="ac3")
    images = read_images(source)
    content = bytearray(source.read_bytes())
    noise = np.random.default_rng(0).integers(0, 255, 2000).astype(np.uint8).tobytes()
    content[len(content) // 2 : len(content) // 2 + 2000] = noise
    source.write_bytes(content[: len(content) * 3 // 4])
    writer = VideoWriter(tmp_path / "out.mp4", fps=FPS, sound_from=source)
    for index, image in enumerate(images):
        writer.write(image, index / FPS)
    writer.close(whole=True)
    assert len(read_times(tmp_path / "out.mp4")) == len(images)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    writer = VideoWriter(tmp_path / "no" / "out.mp4")
    writer.write(np.zeros((64, 64, 3), np.uint8), 0.0)
    with pytest.raises(OutputError, match="can't be written"):
        writer.close(whole=True)


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Files can grow no larger, as if the disk were full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_told_and_what_was_written_plays(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    writer = VideoWriter(path, fps=FPS)
    noise = np.random.default_rng(0)

    def fill() -> None:
        for index in range(400):
            writer.write(noise.integers(0, 255, (240, 320, 3)).astype(np.uint8), index / FPS)

    with largest_file(1_000_000):
        with pytest.raises(OutputError, match=r"out\.mp4"):
            fill()
        with pytest.raises(OutputError):
            writer.close(whole=True)
    assert not path.exists()
    capture = cv2.VideoCapture(str(part_of(path)), cv2.CAP_FFMPEG)
    assert capture.read()[0]
    capture.release()


def test_a_full_disk_has_a_sentence_of_its_own(tmp_path: Path) -> None:
    from feeling_manager.sinks.files import output_errors

    with pytest.raises(OutputError, match=r"The disk is full.*free some space"), output_errors(tmp_path / "x"):
        raise OSError(errno.ENOSPC, "No space left on device")


WRITER = """
import sys, time
from pathlib import Path
from feeling_manager.sinks.video import VideoWriter
from tests.clips import FPS, moving_face
writer = VideoWriter(Path(sys.argv[1]), fps=FPS, sound_from=Path(sys.argv[2]))
for index, image in enumerate(moving_face(4 * FPS)):
    writer.write(image, index / FPS)
    print(index, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("killed_at", [1.6, 2.5, 3.9])
def test_a_killed_writer_leaves_all_but_the_last_second(tmp_path: Path, killed_at: float) -> None:
    source = write_clip(tmp_path / "a.mp4", flashing(5), sound=clicks(5))
    command = [sys.executable, "-c", WRITER, str(tmp_path / "out.mp4"), str(source)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        written = next(int(line) for line in process.stdout if int(line) >= killed_at * FPS)
        process.send_signal(signal.SIGKILL)
    path = part_of(tmp_path / "out.mp4")
    times = read_times(path)
    assert times[0] == 0
    assert times[-1] >= written / FPS - 1.0
    assert not (tmp_path / "out.mp4").exists()
    heard = heard_clicks(path)
    assert len(heard) >= int(killed_at - 1 + WHITE_AT)
    expected = [index + WHITE_AT for index in range(len(heard))]
    assert heard == pytest.approx(expected, abs=0.02), "the sound is in step in a file that was never finished"


def test_the_last_picture_is_shown_as_long_as_the_one_before(tmp_path: Path) -> None:
    # of a live source nobody knows the rate
    writer = VideoWriter(tmp_path / "a.mp4")
    for number, image in enumerate(moving_face(20)):
        writer.write(image, 0.2 * number)
    writer.close(whole=True)
    with av.open(str(tmp_path / "a.mp4")) as film:
        assert film.duration is not None
        assert film.duration / av.time_base == pytest.approx(4.0, abs=0.05)
