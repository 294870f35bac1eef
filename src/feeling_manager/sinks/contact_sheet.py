"""Contact sheets: many small pictures on one, each with its name and what its faces show."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from feeling_manager.sinks.anonymize import blur_faces
from feeling_manager.sinks.files import output_errors, write_whole
from feeling_manager.sinks.lettering import Colour, Lettering, paste
from feeling_manager.sinks.words import Words
from feeling_manager.types import Face, Image

COLUMNS, ROWS = 6, 6
ON_A_SHEET = COLUMNS * ROWS
SIDE, GAP, LINE, TEXT = 220, 10, 22, 16
"""Pixels of a small picture's longer side, between two of them, of a line of text and of its letters."""
GROUND: Colour = (250, 248, 246)
INK: Colour = (40, 35, 31)
FAINT: Colour = (110, 100, 90)
UNCLEAR: Colour = (92, 86, 80)


class ContactSheets:
    """Makes `contact-sheet-1.jpg` and so on in a folder, each as soon as it is full. Holds one sheet at most."""

    def __init__(self, folder: Path, lang: str, *, anonymize: bool, begun: int = 0) -> None:
        """Args:
        folder: Where they go.
        lang: "en" or "ko".
        anonymize: Faces are blurred.
        begun: Pictures that earlier sheets hold; a multiple of `ON_A_SHEET`.
        """
        self._folder, self._anonymize = folder, anonymize
        self._words, self._lettering = Words(lang), Lettering(lang)
        self._number = begun // ON_A_SHEET
        self._tiles: list[Image] = []

    def add(self, name: str, image: Image, faces: Sequence[Face]) -> None:
        """Adds a picture with the faces that were found in it."""
        self._tiles.append(self._tile(name, image, faces))
        if len(self._tiles) == ON_A_SHEET:
            self._write()

    def finish(self) -> int:
        """Writes what is left, and removes sheets of pictures that are gone; gives the number of sheets."""
        if self._tiles:
            self._write()
        later = self._number + 1
        while (stale := self._folder / sheet_name(later)).exists():
            with output_errors(stale):
                stale.unlink()
            later += 1
        return self._number

    def _write(self) -> None:
        rows = -(-len(self._tiles) // COLUMNS)
        columns = min(len(self._tiles), COLUMNS)
        step_x, step_y = SIDE + GAP, SIDE + 2 * LINE + GAP
        sheet = np.full((rows * step_y + GAP, columns * step_x + GAP, 3), GROUND, np.uint8)
        for index, tile in enumerate(self._tiles):
            paste(sheet, tile, GAP + index % COLUMNS * step_x, GAP + index // COLUMNS * step_y)
        self._number += 1
        _, jpeg = cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, 85])
        write_whole(self._folder / sheet_name(self._number), jpeg.tobytes())
        self._tiles = []

    def _tile(self, name: str, image: Image, faces: Sequence[Face]) -> Image:
        if self._anonymize:
            image = blur_faces(image, [face.box for face in faces])
        height, width = image.shape[:2]
        scale = min(SIDE / max(height, width), 1.0)
        size = max(round(width * scale), 1), max(round(height * scale), 1)
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        for face in faces:
            x, y, w, h = (round(value * scale) for value in face.box)
            colour = face.emotion.bgr if face.emotion else UNCLEAR
            cv2.rectangle(small, (x - 1, y - 1), (x + w, y + h), colour, 2)
        tile = np.full((SIDE + 2 * LINE, SIDE, 3), GROUND, np.uint8)
        paste(tile, small, (SIDE - size[0]) // 2, (SIDE - size[1]) // 2)
        paste(tile, self._text(Path(name).name, INK), 0, SIDE)
        paste(tile, self._text(self.caption(faces), FAINT), 0, SIDE + LINE)
        return tile

    def caption(self, faces: Sequence[Face]) -> str:
        """What the faces show, the most frequent first."""
        if not faces:
            return self._words.no_face
        counts: dict[str, int] = {}
        for face in faces:
            word = self._words.emotion(face.emotion)
            counts[word] = counts.get(word, 0) + 1
        ordered = sorted(counts.items(), key=lambda item: -item[1])
        return ", ".join(word if number == 1 else f"{number} {word}" for word, number in ordered)

    def _text(self, text: str, colour: Colour) -> Image:
        """One line, its end left out where there is no room."""
        shown = text
        while len(shown) > 1 and self._lettering.mask(shown, TEXT).shape[1] > SIDE:
            shown = f"{shown.removesuffix('…')[:-1]}…"
        return self._lettering.bitmap(shown, TEXT, colour, GROUND)


def sheet_name(number: int) -> str:
    """The file of a sheet, counted from 1."""
    return f"contact-sheet-{number}.jpg"
