"""Recognition on the server, for devices that can't do it themselves. Nothing that is sent is kept."""

import asyncio
import threading
import time
from io import BytesIO
from typing import Annotated, Any

import cv2
import numpy as np
from fastapi import APIRouter, Body, WebSocket, WebSocketDisconnect
from PIL import Image as Pillow
from starlette.concurrency import run_in_threadpool

from feeling_manager.errors import ModelError
from feeling_manager.inference import EmotionRecognizer
from feeling_manager.service.context import Service, Visited, address_of, identify, is_foreign, service_of
from feeling_manager.service.errors import InvalidError, TooManyError, UnavailableError, problems
from feeling_manager.service.schemas import Answer
from feeling_manager.types import Image

router = APIRouter(tags=["vision"])
MOST_PIXELS = 4096 * 4096
LONGEST_STREAM = 3600.0
IDLE = 30.0


class FaceAnswer(Answer):
    """See `types.Face`: pixels of the picture, probabilities by name, unclear with its reason."""

    box: list[float]
    score: float
    landmarks: list[list[float]]
    probabilities: dict[str, float]
    emotion: str | None
    confidence: float
    unclear: str | None
    valence: float
    arousal: float
    landmarks68: list[list[float]] | None


class Faces(Answer):
    faces: list[FaceAnswer]


class _Reader:
    """The recognizer, made when first needed; one picture at a time, so that a crowd can't take all cores."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._recognizer: EmotionRecognizer | None = None

    def read(self, content: bytes) -> Faces:
        image = _decode(content)
        with self._lock:
            try:
                self._recognizer = self._recognizer or EmotionRecognizer(threads=1)
            except ModelError as error:
                raise UnavailableError(str(error)) from error
            faces = self._recognizer.recognize(image)
        return Faces(faces=[FaceAnswer(**face.to_dict()) for face in faces])


_reader = _Reader()


def _decode(content: bytes) -> Image:
    """The picture in bytes of a JPEG, PNG or WebP. Raises InvalidError."""
    refused = InvalidError("This is no picture that can be read; send a JPEG, PNG or WebP.")
    try:
        # the header first: a small file can claim a picture that fills the memory
        with Pillow.open(BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise InvalidError("This picture is too large; send one of at most 4096 × 4096 pixels.")
    except (OSError, SyntaxError, ValueError, Pillow.DecompressionBombError) as error:
        raise refused from error
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise refused from error
    if image is None:
        raise refused
    return np.asarray(image, dtype=np.uint8)


def _check(service: Service, address: str) -> None:
    if not service.settings.vision:
        raise UnavailableError("Recognition on the server is switched off; it runs on your device.")
    wait = service.limiter.take(f"vision {address}", service.settings.recognitions, 60.0)
    if wait:
        raise TooManyError("Too many pictures; wait a little.", retry_after=wait)


@router.post("/recognize", responses=problems(403, 413, 422, 429, 503))
def recognize(
    visit: Visited,
    content: Annotated[bytes, Body(media_type="application/octet-stream", description="JPEG, PNG, WebP")],
) -> Faces:
    """The emotions in one picture. It is not kept."""
    _check(visit.service, visit.address)
    return _reader.read(content)


@router.websocket("/recognize/stream")
async def stream(socket: WebSocket) -> None:
    """Pictures in, faces out, one answer for each; for who is signed in, an hour at most."""
    service = service_of(socket)
    known = not is_foreign(socket) and await run_in_threadpool(_is_known, service, socket)
    await socket.accept()
    if not known:
        await socket.close(4401, "Sign in first.")
        return
    ends = time.monotonic() + LONGEST_STREAM
    try:
        while time.monotonic() < ends:
            async with asyncio.timeout(IDLE):
                content = await socket.receive_bytes()
            await socket.send_json(await run_in_threadpool(_answer, service, address_of(socket), content))
        await socket.close(1000, "An hour is over; connect again.")
    except TimeoutError:
        await socket.close(1000, "Nothing came for a while.")
    except KeyError:
        await socket.close(1003, "Send pictures as bytes.")
    except WebSocketDisconnect:
        return


def _is_known(service: Service, socket: WebSocket) -> bool:
    with service.database.begin(write=False) as db:
        return identify(db, socket) is not None


def _answer(service: Service, address: str, content: bytes) -> dict[str, Any]:
    try:
        _check(service, address)
        if len(content) > service.settings.max_body * 10:
            raise InvalidError("This picture is too large.")
        return _reader.read(content).model_dump()
    except (InvalidError, TooManyError, UnavailableError) as error:
        return {"code": error.code, "detail": str(error), "retry_after": error.retry_after}
