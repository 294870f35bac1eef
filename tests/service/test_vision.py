import io

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image as Pillow
from starlette.websockets import WebSocketDisconnect

from feeling_manager.types import Image
from tests.service.conftest import Make, register

TYPE = {"Content-Type": "application/octet-stream"}


@pytest.fixture
def photo(astronaut: Image) -> bytes:
    return bytes(cv2.imencode(".jpg", astronaut)[1])


def test_a_picture_is_read(client: TestClient, photo: bytes) -> None:
    answer = client.post("/api/v1/recognize", content=photo, headers=TYPE)
    assert answer.status_code == 200, answer.text
    (face,) = answer.json()["faces"]
    assert face["emotion"] == "happiness"
    assert face["box"][2] > 50


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff\xe0 cut", b"GIF89a"])
def test_what_is_no_picture_is_refused(client: TestClient, content: bytes) -> None:
    answer = client.post("/api/v1/recognize", content=content, headers=TYPE)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_a_picture_that_would_fill_the_memory_is_refused(client: TestClient) -> None:
    out = io.BytesIO()
    Pillow.new("1", (20_000, 20_000)).save(out, "PNG")
    answer = client.post("/api/v1/recognize", content=out.getvalue(), headers=TYPE)
    assert answer.status_code == 422


def test_limits(make_client: Make, sqlite_url: str, photo: bytes) -> None:
    client = make_client(sqlite_url, recognitions=1, max_body=10_000)
    small = bytes(cv2.imencode(".png", np.zeros((64, 64, 3), np.uint8))[1])
    assert client.post("/api/v1/recognize", content=small, headers=TYPE).json() == {"faces": []}
    again = client.post("/api/v1/recognize", content=small, headers=TYPE)
    assert again.status_code == 429
    assert int(again.headers["retry-after"]) > 0
    assert client.post("/api/v1/recognize", content=b"x" * 100_001, headers=TYPE).status_code == 413
    off = make_client(sqlite_url, vision=False)
    assert off.post("/api/v1/recognize", content=small, headers=TYPE).status_code == 503


def test_the_stream(client: TestClient, photo: bytes) -> None:
    with pytest.raises(WebSocketDisconnect) as refused, client.websocket_connect("/api/v1/recognize/stream") as socket:
        socket.receive_json()
    assert refused.value.code == 4401
    register(client)
    with client.websocket_connect("/api/v1/recognize/stream") as socket:
        socket.send_bytes(photo)
        assert socket.receive_json()["faces"][0]["emotion"] == "happiness"
        socket.send_bytes(b"no picture")
        assert socket.receive_json()["code"] == "invalid"
        socket.send_bytes(photo)
        assert len(socket.receive_json()["faces"]) == 1
        socket.send_text("no bytes")
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 1003
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("/api/v1/recognize/stream", headers={"Origin": "https://evil.example"}) as socket,
    ):
        socket.receive_json()
