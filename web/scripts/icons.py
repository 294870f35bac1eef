"""Draws the app's icons: eight colours of feeling in a soft ring around a calm face. Run it when the colours change."""

import json
import math
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

WEB = Path(__file__).resolve().parent.parent
OUT = WEB / "public" / "icons"
PAPER, INK = "#f7f4ee", "#23262d"


def colours() -> list[str]:
    """In an order in which neighbours differ softly."""
    rows = json.loads((WEB.parent / "contracts" / "labels.json").read_text("utf-8"))["emotions"]
    by_name = {row["name"]: row["colour"] for row in rows}
    return [by_name[n] for n in ("happiness", "anger", "surprise", "fear", "sadness", "disgust")]


def draw(size: int, ring: float) -> Image.Image:
    """ring: radius as a share of the size; smaller for the maskable icon, which systems cut."""
    big = size * 4
    picture = Image.new("RGB", (big, big), PAPER)
    blobs = Image.new("RGBA", (big, big), (0, 0, 0, 0))
    pen = ImageDraw.Draw(blobs)
    radius, blob = big * ring, big * ring * 0.62
    tones = colours()
    for i, colour in enumerate(tones):
        angle = 2 * math.pi * i / len(tones) - math.pi / 2
        x, y = big / 2 + radius * 0.55 * math.cos(angle), big / 2 + radius * 0.55 * math.sin(angle)
        pen.ellipse((x - blob, y - blob, x + blob, y + blob), fill=colour)
    blobs = blobs.filter(ImageFilter.GaussianBlur(big * 0.035))
    mask = Image.new("L", (big, big), 0)
    ImageDraw.Draw(mask).ellipse((big / 2 - radius, big / 2 - radius, big / 2 + radius, big / 2 + radius), fill=255)
    picture.paste(blobs, (0, 0), mask)
    face, pen = big * ring * 0.6, ImageDraw.Draw(picture)
    pen.ellipse((big / 2 - face, big / 2 - face, big / 2 + face, big / 2 + face), fill=PAPER)
    eye = face * 0.11
    for side in (-1, 1):
        x, y = big / 2 + side * face * 0.36, big / 2 - face * 0.16
        pen.ellipse((x - eye, y - eye, x + eye, y + eye), fill=INK)
    smile = face * 0.52
    pen.arc(
        (big / 2 - smile, big / 2 - smile * 0.75, big / 2 + smile, big / 2 + smile * 1.05),
        35, 145, fill=INK, width=int(face * 0.11),
    )  # fmt: skip
    return picture.resize((size, size), Image.Resampling.LANCZOS)


def svg() -> str:
    """The same, for tabs."""
    parts = []
    tones = colours()
    for i, colour in enumerate(tones):
        start, end = (2 * math.pi * (i + k) / len(tones) - math.pi / 2 for k in (-0.5, 0.5))
        points = " ".join(f"{32 + 30 * math.cos(a):.2f} {32 + 30 * math.sin(a):.2f}" for a in (start, end))
        x, y = points.split(" ")[:2], points.split(" ")[2:]
        parts.append(f'<path d="M32 32L{x[0]} {x[1]}A30 30 0 0 1 {y[0]} {y[1]}Z" fill="{colour}"/>')
    face = (
        f'<circle cx="32" cy="32" r="18" fill="{PAPER}"/><circle cx="25.5" cy="29" r="2.1" fill="{INK}"/>'
        f'<circle cx="38.5" cy="29" r="2.1" fill="{INK}"/>'
        f'<path d="M25 36.5c2 3 4.200 4.300 7 4.300s5-1.300 7-4.300" fill="none" stroke="{INK}" stroke-width="2.200" '
        'stroke-linecap="round"/>'
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">{"".join(parts)}{face}</svg>\n'


def main() -> None:
    """Writes them to public/icons."""
    OUT.mkdir(parents=True, exist_ok=True)
    for size in (192, 512):
        draw(size, 0.42).quantize(128).save(OUT / f"icon-{size}.png", optimize=True)
    draw(512, 0.34).quantize(128).save(OUT / "maskable-512.png", optimize=True)
    (OUT / "icon.svg").write_text(svg(), "utf-8")


if __name__ == "__main__":
    main()
