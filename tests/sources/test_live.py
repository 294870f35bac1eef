"""Live sources. A camera is not there on every machine: OpenCV opens a video file as if it were one."""

import functools
import http.server
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from feeling_manager.errors import SourceError, SourceLostError, UsageError
from feeling_manager.sources import capture, open_source, stream
from feeling_manager.sources.capture import CameraSource
from feeling_manager.sources.screen import parse_region
from feeling_manager.sources.stream import StreamSource
from feeling_manager.types import Image
from tests.clips import moving_face, write_clip


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", moving_face(60))


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("source ")}


def test_a_slow_reader_gets_the_newest_frame_and_is_told_what_it_missed(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "PATIENCE", 0.2)
    seen: list[int] = []
    with CameraSource(str(clip)) as source:
        assert (source.info.width, source.info.height) == (320, 240)
        assert source.info.live

        def read_slowly() -> None:
            for frame in source:
                seen.append(frame.index)
                time.sleep(0.05)

        with pytest.raises(SourceLostError, match="gives no more pictures"):
            read_slowly()
    assert seen == sorted(set(seen))
    assert len(seen) + source.dropped == 60
    assert source.dropped > 0
    assert not threads()


def test_no_camera() -> None:
    with pytest.raises(SourceError, match="There is no camera 97"), open_source(97):
        pass
    with pytest.raises(SourceError, match="There is no camera /dev/video97"), open_source("/dev/video97"):
        pass
    assert not threads()


class _Streams(BaseHTTPRequestHandler):
    """Serves an endless transport stream in pieces: each request gets the file once, then the line drops."""

    def __init__(self, content: bytes, served: list[int], *rest: object) -> None:
        self.content, self.served = content, served
        super().__init__(*rest)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self.served.append(1)
        if len(self.served) in (3, 4):
            self.send_error(503)
            return
        self.send_response(200)
        self.send_header("Content-Type", "video/mp2t")
        self.end_headers()
        try:
            for start in range(0, len(self.content), 4096):
                self.wfile.write(self.content[start : start + 4096])
                time.sleep(0.002)
        except OSError:
            return

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(clip: Path, tmp_path: Path) -> Iterator[tuple[str, list[int]]]:
    import imageio_ffmpeg

    ts = tmp_path / "live.ts"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(clip), "-c:v", "mpeg2video", str(ts)]
    subprocess.run(command, check=True)
    served: list[int] = []
    handler = functools.partial(_Streams, ts.read_bytes(), served)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        thread = threading.Thread(target=http.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}/live.ts", served
        http.shutdown()


def test_a_stream_that_drops_is_opened_again(server: tuple[str, list[int]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "FIRST_WAIT", 0.05)
    address, served = server
    with StreamSource(address) as source:
        frame = next(frame for frame in source if source.reconnected >= 2)
    assert frame.image.shape == (240, 320, 3)
    # once at first, again after the end, two refusals, then again
    assert len(served) >= 4
    assert not threads()


def test_a_stream_that_never_comes_back_is_given_up(
    server: tuple[str, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "FIRST_WAIT", 0.01)
    address, served = server
    served.append(1)  # the next answers but one are refusals
    with StreamSource(address, attempts=2) as source, pytest.raises(SourceLostError, match="did not come back in 2"):
        list(source)


def test_a_stream_that_is_not_there() -> None:
    with pytest.raises(SourceError, match="check address and network"), open_source("rtsp://127.0.0.1:9/live"):
        pass
    with pytest.raises(SourceError, match="check address and network"):
        open_source("http://127.0.0.1:9/film.mp4")


@pytest.mark.parametrize("text", ["1,2,3", "a,b,c,d", "0,0,0,10", "-1,0,10,10", "1,2,3,4,5"])
def test_regions_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match="region"):
        parse_region(text)


def test_regions() -> None:
    assert parse_region("") is None
    assert parse_region("1,2,30,40") == (1, 2, 30, 40)


def test_no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(SourceError, match="is there a display"), open_source("screen"):
        pass


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if not shutil.which("Xvfb"):
        pytest.skip("Xvfb is not installed")
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "400x300x24", "-nolisten", "tcp", "-noreset"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as number:
        monkeypatch.setenv("DISPLAY", f":{number.readline().strip()}")
    yield
    server.terminate()
    server.wait()


def test_the_screen_and_a_region_of_it(display: None) -> None:
    with open_source("screen", fps=50) as source:
        frames = [frame for frame, _ in zip(source, range(4), strict=False)]
    assert frames[0].image.shape == (300, 400, 3)
    assert frames[0].image.dtype == np.uint8
    times = [frame.time for frame in frames]
    assert times == sorted(times)
    with open_source("screen:10,20,100,50") as source:
        assert next(iter(source)).image.shape == (50, 100, 3)
    with pytest.raises(SourceError, match="beyond the screen of 400x300"), open_source("screen:350,0,100,50"):
        pass


def test_secrets_of_an_address_are_not_shown() -> None:
    with pytest.raises(SourceError) as caught, open_source("rtsp://user:pa55word@127.0.0.1:9/live?token=s3cret"):
        pass
    assert "rtsp://127.0.0.1:9/live" in str(caught.value)
    assert "pa55word" not in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert StreamSource("rtsp://user:pa55word@127.0.0.1:9/live")._name == "rtsp://127.0.0.1:9/live"


def test_a_part_of_a_live_source(display: None) -> None:
    with open_source("screen", fps=50, start=0.1, end=0.3) as source:
        times = [frame.time for frame in source]
    assert times[0] >= 0.1
    assert times[-1] < 0.3
    assert len(times) > 2


def test_an_error_of_the_reading_thread_reaches_the_reader(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Odd(CameraSource):
        """A driver that raises what nobody expects, at the tenth picture."""

        reads = 0

        def _read(self) -> Image | None:
            self.reads += 1
            if self.reads == 10:
                raise ValueError("odd")
            return super()._read()

    with Odd(str(clip)) as source, pytest.raises(SourceLostError, match=r"can't be read any more \(odd\)"):
        list(source)
    assert not threads()


def test_a_damaged_stream_goes_on_over_one_connection(tmp_path: Path) -> None:
    content = bytearray(write_clip(tmp_path / "a.ts", moving_face(120)).read_bytes())
    for place in range(len(content) // 3, len(content) // 2, 188):
        content[place + 40 : place + 60] = bytes(20)
    served: list[int] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Streams, bytes(content), served)) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        with StreamSource(f"http://127.0.0.1:{http.server_port}/live.ts") as source:
            for frame in source:
                if frame.index > 60:
                    break
        http.shutdown()
    assert source.dropped > 0
    assert (source.reconnected, len(served)) == (0, 1)


class _Chunked(http.server.BaseHTTPRequestHandler):
    """Answers without a length, as fast as it can, and ends."""

    protocol_version = "HTTP/1.1"
    content = b""
    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        self.send_response(200)
        self.send_header("Content-Type", "video/mp2t")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for start in range(0, len(self.content), 10_000):
            part = self.content[start : start + 10_000]
            self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("sized", [True, False])
def test_a_finite_file_at_an_address_is_at_its_end(sized: bool, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.ts", moving_face(50))
    handler: type[http.server.BaseHTTPRequestHandler]
    if sized:
        handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))  # type: ignore[assignment]
    else:
        handler = type("Handler", (_Chunked,), {"content": path.read_bytes()})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            with open_source(f"http://127.0.0.1:{server.server_port}/a.ts") as source:
                frames = list(source)
                # none is read twice, and those that were skipped are counted
                assert len(frames) + source.dropped == pytest.approx(50, abs=1)
                assert len(frames) == 50 or not sized
        finally:
            server.shutdown()
