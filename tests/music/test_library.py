"""A music folder: real files with real tags, links, damage, changes, and paths that lead outside."""

import os
from pathlib import Path

import av
import mutagen
import numpy as np
import pytest
from mutagen.id3 import TCON, TIT2, TPE1

from feeling_manager.music.catalogue import Totals
from feeling_manager.music.errors import CatalogueError
from feeling_manager.music.genres import Genre
from feeling_manager.music.library import MIME, SUFFIXES, local_file, read_file, read_folder, scan_folder
from feeling_manager.music.song import Song, song_id
from tests.music.memory import MemoryStore

CODECS = {
    ".mp3": "libmp3lame",
    ".flac": "flac",
    ".ogg": "vorbis",
    ".opus": "libopus",
    ".m4a": "aac",
    ".wav": "pcm_s16le",
}


def make_file(path: Path, *, seconds: float = 0.5, **tags: str) -> Path:
    """A file of silence with these tags."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as out:
        # FFmpeg's own Vorbis encoder calls itself experimental and knows stereo only
        layout = "stereo" if path.suffix == ".ogg" else "mono"
        stream = out.add_stream(CODECS[path.suffix], rate=48_000, layout=layout, options={"strict": "experimental"})
        assert isinstance(stream, av.AudioStream)
        left = int(seconds * 48_000)
        fifo = av.AudioFifo()
        frame = av.AudioFrame.from_ndarray(np.zeros((1, left), np.int16), format="s16", layout="mono")
        frame.rate = 48_000
        resampler = av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=48_000)
        for each in resampler.resample(frame):
            fifo.write(each)
        size = stream.codec_context.frame_size or 1024
        while fifo.samples:
            out.mux(stream.encode(fifo.read(size, partial=True)))
        out.mux(stream.encode(None))
    if path.suffix == ".wav":
        wave = mutagen.File(path)
        wave.add_tags()
        for frame_type, name in ((TIT2, "title"), (TPE1, "artist"), (TCON, "genre")):
            if name in tags:
                wave.tags.add(frame_type(text=[tags[name]]))
        wave.save()
    elif tags:
        file = mutagen.File(path, easy=True)
        if file.tags is None:
            file.add_tags()
        for name, value in tags.items():
            file[name] = value
        file.save()
    return path


def scanned(folder: Path) -> tuple[list[Song], list[str]]:
    entries = list(read_folder(folder))
    return (
        [song for _, song in entries if isinstance(song, Song)],
        [f"{where}: {song}" for where, song in entries if not isinstance(song, Song)],
    )


@pytest.mark.parametrize("suffix", sorted(CODECS))
def test_tags_of_every_kind_are_read(tmp_path: Path, suffix: str) -> None:
    path = make_file(tmp_path / f"x{suffix}", title='제목 "따옴표"', artist="아이유", genre="발라드")
    song = read_file(path)
    assert (song.title, song.artist, song.genre, song.source) == ('제목 "따옴표"', "아이유", Genre.BALLAD, "local")
    assert song.duration == pytest.approx(0.5, abs=0.1)
    assert song.path == path
    assert suffix in SUFFIXES
    assert MIME[suffix].startswith("audio/")


def test_a_year_is_read_from_a_date(tmp_path: Path) -> None:
    assert read_file(make_file(tmp_path / "a.flac", title="A", date="1994-05-01")).year == 1994


@pytest.mark.parametrize(
    ("name", "artist", "title"),
    [
        ("03. 김광석 - 서른 즈음에.wav", "김광석", "서른 즈음에"),
        ("12 Song.wav", "", "Song"),
        ("99.wav", "", "99"),
        ("1989 - .wav", "", "1989 -"),
        ("AC-DC.wav", "", "AC-DC"),
    ],
)
def test_without_tags_the_name_speaks(tmp_path: Path, name: str, artist: str, title: str) -> None:
    song = read_file(make_file(tmp_path / name), genre=Genre.ROCK)
    assert (song.artist, song.title, song.genre) == (artist, title, Genre.ROCK)


def test_damaged_files_are_counted_and_stop_nothing(tmp_path: Path) -> None:
    make_file(tmp_path / "b/good.mp3", title="Good")
    (tmp_path / "a.mp3").write_bytes(b"no music at all")
    (tmp_path / "c.flac").write_bytes(b"fLaC")
    (tmp_path / "d.ogg").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("no music, and not looked at")
    (tmp_path / "._good.mp3").write_bytes(b"a twin by macOS")
    songs, problems = scanned(tmp_path)
    assert [song.title for song in songs] == ["Good"]
    assert [problem.split(":")[0] for problem in problems] == ["a.mp3", "c.flac", "d.ogg"]
    assert all("can't be read as music" in problem for problem in problems)


def test_a_name_that_is_no_unicode_is_counted(tmp_path: Path) -> None:
    good = make_file(tmp_path / "a.mp3", title="A")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xff.mp3")).write_bytes(good.read_bytes())
    songs, problems = scanned(tmp_path)
    assert len(songs) == 1
    assert "no valid Unicode" in problems[0]


def test_links_neither_loop_nor_leave_the_folder(tmp_path: Path) -> None:
    root = tmp_path / "music"
    make_file(root / "deep/a.mp3", title="A")
    make_file(tmp_path / "private/secret.mp3", title="Secret")
    (root / "deep/up").symlink_to(root)
    (root / "self.mp3").symlink_to(root / "self.mp3")
    (root / "twin.mp3").symlink_to(root / "deep/a.mp3")
    (root / "outside").symlink_to(tmp_path / "private")
    (root / "outside.mp3").symlink_to(tmp_path / "private/secret.mp3")
    songs, problems = scanned(root)
    assert [song.title for song in songs] == ["A"]
    assert [problem.split(":")[0] for problem in problems] == ["self.mp3"]


def test_a_scan_notices_what_is_new_changed_and_gone(tmp_path: Path) -> None:
    store = MemoryStore()
    root = tmp_path / "music"
    first, second = make_file(root / "a.mp3", title="A"), make_file(root / "b.flac", title="B")
    elsewhere = make_file(tmp_path / "other/c.mp3", title="C")
    scan_folder(store, tmp_path / "other")
    (root / "bad.mp3").write_bytes(b"bad")
    scan = scan_folder(store, root)
    assert (scan.totals, scan.removed) == (Totals(inserted=2, failed=1), 0)
    assert scan_folder(store, root).totals == Totals(duplicates=2, failed=1)

    tags = mutagen.File(first, easy=True)
    tags["title"] = "A, corrected"
    tags.save()
    second.unlink()
    scan = scan_folder(store, root)
    assert (scan.totals, scan.removed) == (Totals(updated=1, failed=1), 1)
    assert {song.title for song in store.songs.values()} == {"A, corrected", "C"}
    assert store.songs[song_id(title="", path=first)].title == "A, corrected"
    # a disk that is not there takes nothing out
    elsewhere.parent.rename(tmp_path / "unplugged")
    with pytest.raises(CatalogueError, match="can't be read as a folder"):
        scan_folder(store, tmp_path / "other")
    assert store.count() == 2


def test_a_song_of_a_folder_that_can_not_be_listed_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    path = make_file(tmp_path / "locked/a.mp3", title="A")
    scan_folder(store, tmp_path)
    real = os.scandir

    def scandir(place: str) -> object:
        if Path(place) == path.parent:
            raise PermissionError(13, "Permission denied", str(place))
        return real(place)

    monkeypatch.setattr(os, "scandir", scandir)
    path.unlink()
    assert scan_folder(store, tmp_path).removed == 0
    monkeypatch.undo()
    assert scan_folder(store, tmp_path).removed == 1


def test_only_music_inside_the_roots_is_served(tmp_path: Path) -> None:
    root = tmp_path / "music"
    inside = make_file(root / "a.mp3", title="A")
    outside = make_file(tmp_path / "outside.mp3", title="B")
    (root / "notes.txt").write_text("x")
    (root / "link.mp3").symlink_to(outside)
    (root / "good.mp3").symlink_to(inside)
    (root / "folder.mp3").mkdir()
    (root / "loop.mp3").symlink_to(root / "loop.mp3")
    (root / "hidden.mp3").symlink_to("/etc/passwd")

    def song(path: Path | None) -> Song:
        return Song(id="1", title="t", path=path)

    assert local_file(song(inside), [root]) == inside
    assert local_file(song(root / "good.mp3"), [tmp_path / "none", root]) == inside
    refused = [None, outside, root / "link.mp3", root / "notes.txt", root / "folder.mp3", root / "loop.mp3"]
    refused += [root / "../outside.mp3", root / "hidden.mp3", root / "none.mp3", Path("/etc/passwd"), Path("a.mp3")]
    refused += [root / "a\0.mp3", Path("/dev/zero")]
    sentences = set()
    for path in refused:
        with pytest.raises(CatalogueError) as caught:
            local_file(song(path), [root])
        sentences.add(str(caught.value))
    assert len(sentences) == 1
    with pytest.raises(CatalogueError):
        local_file(song(inside), [])
