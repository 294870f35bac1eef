"""From single screens (web/.cache/screens) to the sheets in docs/screens."""

from pathlib import Path

from PIL import Image, ImageDraw

WEB = Path(__file__).resolve().parents[2]
FROM, TO = WEB / ".cache" / "screens", WEB.parent / "docs" / "screens"
GAP, PAPER, CORNER = 28, "#e9e4da", 26
WIDTH = {"phone": 300, "desktop": 720}


def rounded(picture: Image.Image) -> Image.Image:
    """With round corners on the sheet's ground."""
    mask = Image.new("L", picture.size, 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, *picture.size), CORNER, fill=255)
    ground = Image.new("RGB", picture.size, PAPER)
    ground.paste(picture, (0, 0), mask)
    return ground


def sheet(size: str, language: str, columns: int) -> None:
    """All screens of one size and language, in the order of their names."""
    width = WIDTH[size]
    pictures = []
    for path in sorted(FROM.glob(f"{size}-{language}-*.png")):
        picture = Image.open(path).convert("RGB")
        height = round(picture.height * width / picture.width)
        pictures.append(rounded(picture.resize((width, height), Image.Resampling.LANCZOS)))
    if not pictures:
        return
    height = max(picture.height for picture in pictures)
    rows = -(-len(pictures) // columns)
    ground = Image.new("RGB", (columns * (width + GAP) + GAP, rows * (height + GAP) + GAP), PAPER)
    for i, picture in enumerate(pictures):
        ground.paste(picture, (GAP + i % columns * (width + GAP), GAP + i // columns * (height + GAP)))
    TO.mkdir(parents=True, exist_ok=True)
    ground.save(TO / f"{size}-{language}.webp", quality=80, method=6)


def main() -> None:
    """Four sheets."""
    for language in ("ko", "en"):
        sheet("phone", language, 5)
        sheet("desktop", language, 2)


if __name__ == "__main__":
    main()
