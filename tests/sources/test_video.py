import struct
import subprocess
import wave
from collections.abc import Callable
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np
import pytest

from feeling_manager.errors import SourceError, UsageError
from feeling_manager.sources import open_source
from feeling_manager.sources.video import VideoSource
from feeling_manager.types import Frame, Image
from tests.clips import clicks, moving_face, write_clip

NUMBER = 50


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds at 25 frames/s with sound."""
    return write_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", moving_face(NUMBER), sound=clicks(2.0))


def read(path: Path | str, **options: float | int | None) -> tuple[list[Frame], VideoSource]:
    with open_source(path, **options) as source:  # type: ignore[arg-type]
        assert isinstance(source, VideoSource)
        return list(source), source


def test_frames_times_and_info(clip: Path) -> None:
    frames, source = read(clip)
    assert len(frames) == NUMBER
    assert [frame.index for frame in frames] == list(range(NUMBER))
    assert [frame.time for frame in frames] == pytest.approx(np.arange(NUMBER) / 25, abs=1e-3)
    assert source.info.fps == pytest.approx(25, abs=0.1)
    assert source.info.duration == pytest.approx(2, abs=0.1)
    assert source.info.audio
    assert not source.info.live
    assert source.dropped == 0
    assert frames[0].image.shape == (240, 320, 3)
    original = next(moving_face(NUMBER))
    assert np.abs(frames[0].image.astype(int) - original.astype(int)).mean() < 6


def test_variable_frame_rate(tmp_path: Path) -> None:
    times = [0.0, 0.04, 0.5, 0.51, 2.0]
    path = write_clip(tmp_path / "a.mp4", moving_face(5), times=times)
    frames, source = read(path)
    assert [frame.time for frame in frames] == pytest.approx(times, abs=1e-3)
    assert not source.info.audio


@pytest.mark.parametrize("name", ["a.mkv", "a.mov", "a.avi", "a.webm"])
def test_containers(tmp_path: Path, name: str) -> None:
    codec = {"a.webm": "libvpx", "a.avi": "mpeg4"}.get(name, "libx264")
    path = tmp_path / name
    _ffmpeg("-f", "lavfi", "-i", "testsrc=d=1:r=20:s=160x120", "-c:v", codec, "-pix_fmt", "yuv420p", str(path))
    frames, _ = read(path)
    assert len(frames) == 20
    assert frames[-1].time == pytest.approx(0.95, abs=0.06)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("interlaced.mpg", ("-c:v", "mpeg2video", "-flags", "+ildct+ilme")),
        ("ten_bits.mp4", ("-c:v", "libx264", "-pix_fmt", "yuv420p10le")),
        ("grey.mkv", ("-c:v", "ffv1", "-pix_fmt", "gray")),
        ("late.ts", ("-c:v", "libx264", "-g", "5", "-output_ts_offset", "5000")),
        ("list.m3u8", ("-c:v", "libx264")),
        ("bare.h264", ("-c:v", "libx264")),
        ("old.3gp", ("-c:v", "h263")),
    ],
)
def test_odd_kinds_and_a_part_of_each(tmp_path: Path, name: str, options: tuple[str, ...]) -> None:
    path = tmp_path / name
    _ffmpeg("-f", "lavfi", "-i", "testsrc=d=1:r=25:s=176x144", *options, str(path))
    frames, source = read(path)
    assert [frame.time for frame in frames] == pytest.approx(np.arange(25) / 25, abs=2e-3)
    assert frames[0].image.shape == (source.info.height, source.info.width, 3) == (144, 176, 3)
    part, _ = read(path, start=0.5, end=0.8)
    assert [frame.index for frame in part] == list(range(13, 20))
    # what was sought is what the whole has there
    for one, other in zip(part, frames[13:20], strict=True):
        assert one.time == pytest.approx(other.time, abs=2e-3)
        assert np.abs(one.image.astype(int) - other.image.astype(int)).mean() < 1


def _ffmpeg(*arguments: str) -> None:
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *arguments], check=True)


@pytest.mark.parametrize(
    ("degrees", "code"), [(90, cv2.ROTATE_90_COUNTERCLOCKWISE), (-90, cv2.ROTATE_90_CLOCKWISE), (180, cv2.ROTATE_180)]
)
def test_turned_videos_are_upright(clip: Path, tmp_path: Path, degrees: int, code: int) -> None:
    turned = tmp_path / "turned.mp4"
    _ffmpeg("-display_rotation", str(degrees), "-i", str(clip), "-c", "copy", str(turned))
    frames, source = read(turned)
    (straight, *_), _ = read(clip)
    expected = cv2.rotate(straight.image, code)
    assert frames[0].image.shape == expected.shape == (source.info.height, source.info.width, 3)
    assert np.array_equal(frames[0].image, expected)


def test_start_end_and_every(clip: Path) -> None:
    frames, source = read(clip, start=0.6, end=1.4, every=5)
    assert [frame.index for frame in frames] == [15, 20, 25, 30]
    assert frames[0].time == pytest.approx(0.6, abs=1e-3)
    assert source.info.duration == 1.4
    with pytest.raises(SourceError, match=r"2\.0 s long, so there is nothing from 60 s"):
        read(clip, start=60)
    with pytest.raises(UsageError, match="from 1 on"):
        open_source(clip, every=0)


@pytest.mark.parametrize("content", [b"", b"this is text, not a film\n" * 50])
def test_what_is_no_video(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    with pytest.raises(SourceError, match="is not a video that can be read"):
        read(path)


def test_missing_files_and_files_without_pictures(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"There is no file .*none\.mp4"):
        open_source(tmp_path / "none.mp4")
    with wave.open(str(tmp_path / "sound.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16000))
    with pytest.raises(SourceError, match="holds no video"):
        read(tmp_path / "sound.wav")


def test_a_truncated_video_ends_at_its_last_good_frame(tmp_path: Path) -> None:
    whole = tmp_path / "whole.mkv"
    _ffmpeg("-f", "lavfi", "-i", "testsrc=d=4:r=25:s=320x240", "-g", "10", "-c:v", "libx264", str(whole))
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    frames, _ = read(cut)
    assert 20 < len(frames) < 80


def test_broken_frames_in_the_middle_are_left_out_and_counted(tmp_path: Path) -> None:
    whole = tmp_path / "whole.mkv"
    _ffmpeg("-f", "lavfi", "-i", "testsrc2=d=4:r=25:s=320x240", "-g", "10", "-c:v", "libx264", str(whole))
    content = bytearray(whole.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4000] = bytes(range(250)) * 16
    broken = tmp_path / "broken.mkv"
    broken.write_bytes(content)
    frames, source = read(broken)
    assert source.dropped > 0
    assert frames[-1].time > 3.5
    times = [frame.time for frame in frames]
    assert times == sorted(set(times))


def test_memory_does_not_grow_with_the_video(tmp_path: Path) -> None:
    path = tmp_path / "long.mp4"
    _ffmpeg("-f", "lavfi", "-i", "testsrc=d=80:r=25:s=320x240", "-preset", "ultrafast", "-c:v", "libx264", str(path))
    with open_source(path) as source:
        used = [int(Path("/proc/self/statm").read_text().split()[1]) for frame in source if frame.index % 250 == 249]
    pages = np.diff(used[1:])
    assert len(used) == 8
    # 250 frames of 320x240 are 57 MB = 14,000 pages
    assert pages.sum() < 2000


def test_a_start_behind_the_only_key_frame_is_found(tmp_path: Path) -> None:
    # a transport stream has no index: seeking to 2 s leads behind the key frame, where nothing can be decoded
    path = write_clip(tmp_path / "a.ts", moving_face(75))
    frames, _ = read(path, start=2)
    assert [frame.index for frame in frames] == list(range(50, 75))
    assert frames[0].time == pytest.approx(2, abs=1e-3)


def test_damaged_timestamps_do_not_stretch_the_clock(tmp_path: Path) -> None:
    later = [50_000, 50_000.04, 50_000.08]
    path = write_clip(tmp_path / "a.mkv", moving_face(6), times=[0, 0.04, 0.08, *later])
    frames, _ = read(path)
    assert [frame.time for frame in frames] == pytest.approx(np.arange(6) / 25, abs=2e-3)


def test_old_avi_with_frames_out_of_order_goes_forward(tmp_path: Path) -> None:
    # AVI holds no times of presentation; with B-frames what is made up for them jumps back
    path = tmp_path / "a.avi"
    _ffmpeg("-f", "lavfi", "-i", "testsrc=d=2:r=25:s=160x120", "-c:v", "libx264", "-bf", "2", str(path))
    frames, _ = read(path)
    times = [frame.time for frame in frames]
    assert len(times) == 50
    assert min(np.diff(times)) > 0
    assert times[-1] == pytest.approx(1.96, abs=0.1)


def test_a_colon_in_a_name_is_no_protocol(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "take:2.mp4").write_bytes(clip.read_bytes())
    monkeypatch.chdir(tmp_path)
    assert len(read(Path("take:2.mp4"))[0]) == NUMBER


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b.mp4"])
def test_what_can_be_no_name(name: str) -> None:
    with pytest.raises(SourceError, match=r"check it|check the name") as caught:
        open_source(name)
    assert len(str(caught.value)) < 200


def test_broken_frames_leave_gaps_in_the_index(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "whole.mkv", moving_face(50))
    content = bytearray(whole.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 60] = bytes(60)
    broken = tmp_path / "broken.mkv"
    broken.write_bytes(content)
    frames, source = read(broken)
    assert source.dropped > 0
    assert len(frames) + source.dropped == frames[-1].index + 1


@pytest.mark.parametrize(
    ("matrix", "shown"),
    [
        ((1, 0, 0, 1), lambda picture: picture),
        ((-1, 0, 0, 1), lambda picture: picture[:, ::-1]),
        ((1, 0, 0, -1), lambda picture: picture[::-1]),
        ((-1, 0, 0, -1), lambda picture: picture[::-1, ::-1]),
        ((0, 1, -1, 0), lambda picture: np.rot90(picture, -1)),
        ((0, -1, 1, 0), lambda picture: np.rot90(picture)),
        ((0, 1, 1, 0), lambda picture: picture.swapaxes(0, 1)),
        ((0, -1, -1, 0), lambda picture: picture[::-1, ::-1].swapaxes(0, 1)),
    ],
)
def test_a_display_matrix_turns_and_mirrors(
    matrix: tuple[int, int, int, int], shown: Callable[[Image], Image], tmp_path: Path
) -> None:
    canvas = np.full((96, 160, 3), 40, np.uint8)
    canvas[8:32, 8:56], canvas[64:88, 120:152] = (30, 60, 220), (210, 80, 30)
    path = write_clip(tmp_path / "a.mp4", [canvas] * 5)
    content = bytearray(path.read_bytes())
    identity = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)
    place = content.index(identity, content.index(b"tkhd"))
    a, b, c, d = (65536 * value for value in matrix)
    content[place : place + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(content)
    frames, source = read(path)
    wanted = shown(canvas)
    assert frames[0].image.shape == wanted.shape
    assert (source.info.width, source.info.height) == (wanted.shape[1], wanted.shape[0])
    assert np.abs(frames[0].image.astype(int) - wanted.astype(int)).mean() < 6


@pytest.mark.parametrize(("aspect", "size"), [("2/1", (320, 120)), ("1/2", (160, 240)), ("32/27", (190, 120))])
def test_pixels_that_are_not_square_are_made_so(aspect: str, size: tuple[int, int], tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    _ffmpeg("-f", "lavfi", "-i", "testsrc=d=0.5:r=10:s=160x120", "-vf", f"setsar={aspect}", str(path))
    frames, source = read(path)
    assert (source.info.width, source.info.height) == size
    assert frames[0].image.shape[1::-1] == size


def test_half_a_file_says_what_it_lacks(clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "half.mkv"
    _ffmpeg("-i", str(clip), "-c", "copy", str(path))
    _, whole = read(path)
    assert whole.shortfall is None
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    frames, half = read(path)
    assert half.shortfall is not None
    expected, got = half.shortfall
    assert expected == pytest.approx(2, abs=0.1)
    assert got == pytest.approx(frames[-1].time + 0.04, abs=0.01)
    # a part that was asked for lacks nothing
    _, part = read(clip, end=0.2)
    assert part.shortfall is None
