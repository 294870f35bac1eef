import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from feeling_manager.errors import InvalidImageError, SourceError
from feeling_manager.sources import open_source
from feeling_manager.sources.images import pictures_in, read_image
from feeling_manager.types import Image
from tests.clips import moving_face


@pytest.fixture
def portrait(astronaut: Image) -> Pillow.Image:
    return Pillow.fromarray(np.ascontiguousarray(astronaut[:256, 100:356, ::-1]))


def saved(picture: Pillow.Image, path: Path, **options: object) -> Path:
    picture.save(path, **options)  # type: ignore[arg-type]
    return path


def close(one: Image, other: Image, within: float = 4.0) -> bool:
    return one.shape == other.shape and float(np.abs(one.astype(int) - other.astype(int)).mean()) < within


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("a.png", "RGB"),
        ("a.jpg", "RGB"),
        ("a.jpg", "CMYK"),
        ("a.tif", "CMYK"),
        ("a.bmp", "RGB"),
        ("a.webp", "RGB"),
        ("a.gif", "P"),
        ("a.png", "P"),
        ("a.png", "RGBA"),
    ],
)
def test_kinds_of_pictures(portrait: Pillow.Image, tmp_path: Path, name: str, mode: str) -> None:
    expected = np.asarray(portrait)[:, :, ::-1]
    image = read_image(saved(portrait.convert(mode), tmp_path / name))
    assert image.dtype == np.uint8
    assert close(image, expected, 16 if mode == "P" else 6)


@pytest.mark.parametrize("mode", ["L", "1", "I;16", "I", "F", "LA"])
def test_grey_of_every_depth(portrait: Pillow.Image, tmp_path: Path, mode: str) -> None:
    grey = portrait.convert("L")
    if mode in ("I;16", "I"):
        deep = Pillow.fromarray(np.asarray(grey).astype(np.uint16) * 257)
        path = saved(deep if mode == "I;16" else deep.convert("I"), tmp_path / "a.tif")
    else:
        path = saved(grey.convert(mode), tmp_path / ("a.tif" if mode == "F" else "a.png"))
    image = read_image(path)
    assert image.shape == (256, 256, 3)
    if mode != "1":
        expected = np.repeat(np.asarray(grey)[:, :, None], 3, 2)
        assert close(image, expected, 4)


def test_transparency_lies_on_white(tmp_path: Path) -> None:
    clear = Pillow.new("RGBA", (4, 4), (0, 0, 0, 0))
    assert read_image(saved(clear, tmp_path / "a.png")).min() == 255


def test_a_turned_photo_is_upright(portrait: Pillow.Image, tmp_path: Path) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    turned = portrait.transpose(Pillow.Transpose.ROTATE_90)
    image = read_image(saved(turned, tmp_path / "a.jpg", exif=exif, quality=95))
    assert close(image, np.asarray(portrait)[:, :, ::-1])


def test_bytes_are_taken(portrait: Pillow.Image) -> None:
    buffer = io.BytesIO()
    portrait.save(buffer, "PNG")
    assert read_image(buffer.getvalue()).shape == (256, 256, 3)


def test_an_animation_keeps_its_times(portrait: Pillow.Image, tmp_path: Path) -> None:
    frames = [portrait.rotate(10 * i) for i in range(4)]
    path = saved(frames[0], tmp_path / "a.gif", save_all=True, append_images=frames[1:], duration=[100, 200, 300, 400])
    with open_source(path) as source:
        assert source.info.frames == 4
        assert source.info.duration is None
        assert [round(frame.time, 3) for frame in source] == [0, 0.1, 0.3, 0.6]


@pytest.mark.parametrize("size", [(1, 1), (20_000, 1), (1, 20_000), (20_000, 30)])
def test_odd_sizes(tmp_path: Path, size: tuple[int, int]) -> None:
    path = saved(Pillow.new("RGB", size, "red"), tmp_path / "a.png")
    assert read_image(path).shape == (size[1], size[0], 3)


def test_a_picture_that_is_too_large_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = saved(Pillow.new("1", (20_000, 20_000)), tmp_path / "bomb.png")
    with pytest.raises(InvalidImageError, match="million pixels; make it smaller"):
        read_image(path)


@pytest.mark.parametrize("content", [b"", b"text", b"\x89PNG\r\n\x1a\n", b"GIF89a\0\0\0\0"])
def test_what_is_no_picture(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(InvalidImageError, match=r"not a picture|damaged|no pixels"):
        read_image(path)


def test_missing_pictures_and_folders(tmp_path: Path) -> None:
    with pytest.raises(InvalidImageError, match="There is no file"):
        read_image(tmp_path / "none.png")
    with pytest.raises(InvalidImageError, match="is a folder"):
        read_image(tmp_path)
    with pytest.raises(SourceError, match="holds no pictures"):
        open_source(tmp_path)


def test_a_folder_is_sorted_as_people_do_and_fitted_to_one_canvas(portrait: Pillow.Image, tmp_path: Path) -> None:
    for number, size in ((10, 100), (2, 60), (1, 80)):
        saved(portrait.resize((size, size // 2)), tmp_path / f"picture {number}.png")
    (tmp_path / "picture 3.png").write_bytes(b"broken")
    (tmp_path / "notes.txt").write_text("no picture")
    with open_source(tmp_path) as source:
        frames = list(source)
        assert (source.info.width, source.info.height) == (100, 50)
        assert source.dropped == 1
    assert [frame.image.shape for frame in frames] == [(50, 100, 3)] * 3
    assert [frame.time for frame in frames] == [0, 1, 2]
    # the smallest lies in the middle of a black canvas
    assert frames[1].image[:10].max() == 0
    assert frames[1].image[25, 50].max() > 0


def test_several_paths_and_every_other(portrait: Pillow.Image, tmp_path: Path) -> None:
    paths = [saved(portrait, tmp_path / f"{i}.png") for i in range(5)]
    with open_source(paths, every=2, fps=10) as source:
        assert [round(frame.time, 3) for frame in source] == [0, 0.2, 0.4]


def test_arrays_are_pictures(astronaut: Image) -> None:
    with open_source([astronaut, astronaut[:, :, 0], astronaut[:256]], fps=4) as source:
        frames = list(source)
        assert (source.info.width, source.info.height, source.info.frames) == (512, 512, 3)
        assert source.info.duration == 0.75
    assert [frame.time for frame in frames] == [0, 0.25, 0.5]
    assert np.array_equal(frames[0].image, astronaut)
    with pytest.raises(InvalidImageError, match="not float64 of"), open_source([np.zeros((4, 4, 3))]):  # type: ignore[list-item]
        pass


def test_a_part_of_a_row_of_pictures(astronaut: Image) -> None:
    with open_source([astronaut] * 6, start=2, end=4) as source:
        assert [(frame.index, frame.time) for frame in source] == [(2, 2), (3, 3)]


def test_a_photo_with_a_preview_is_one_picture(portrait: Pillow.Image, tmp_path: Path) -> None:
    path = saved(portrait, tmp_path / "a.jpg", format="MPO", save_all=True, append_images=[portrait.rotate(90)])
    with Pillow.open(path) as picture:
        assert getattr(picture, "n_frames", 1) == 2
    with open_source(path) as source:
        assert len(list(source)) == source.info.frames == 1


def test_a_picture_starts_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Pillow gives PostScript to Ghostscript, which runs what is in it
    started = tmp_path / "started"
    (tmp_path / "gs").write_text(f"#!/bin/sh\ntouch {started}\n")
    (tmp_path / "gs").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    path = tmp_path / "a.png"
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n%%EOF\n")
    for source in (path, path.read_bytes()):
        with pytest.raises(InvalidImageError, match="is not a picture"):
            read_image(source)
    assert not started.exists()


def test_a_folder_of_damaged_pictures_says_so(portrait: Pillow.Image, tmp_path: Path) -> None:
    for number in range(3):
        path = saved(portrait, tmp_path / f"{number}.png")
        path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(InvalidImageError, match="damaged picture"), open_source(tmp_path) as source:
        list(source)


def test_names_with_odd_digits_are_sorted(portrait: Pillow.Image, tmp_path: Path) -> None:
    names = ["2.png", "10.png", "\u00b2 1.png", "a1b2.png"]
    for name in names:
        saved(portrait, tmp_path / name)
    assert [path.name for path in pictures_in(tmp_path)][:2] == ["2.png", "10.png"]
    assert {path.name for path in pictures_in(tmp_path)} == set(names)


@pytest.mark.parametrize("suffix", ["webp", "gif", "png", "avif"])
def test_every_kind_of_animation_keeps_its_times(suffix: str, tmp_path: Path) -> None:
    pictures = [Pillow.fromarray(np.roll(picture[:, :, ::-1], 7 * n, 1)) for n, picture in enumerate(moving_face(5))]
    path = tmp_path / f"a.{suffix}"
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=100)
    with open_source(path) as source:
        assert [frame.time for frame in source] == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4], abs=0.001)


def test_a_phones_own_file(shared_media: Path) -> None:
    path = shared_media / "cases" / "portrait.heic"
    if not path.exists():
        pytest.skip("no portrait.heic")
    assert read_image(path).shape == (562, 572, 3)
