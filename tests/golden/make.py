"""`make contracts`: write `contracts/` afresh. A test fails when it is stale."""

import json
from pathlib import Path

import cv2

from tests.golden.cases import FILES

CONTRACTS = Path(__file__).resolve().parent.parent.parent / "contracts"


def text(content: object) -> str:
    """JSON with one line for each case, so that a change shows as one."""
    if isinstance(content, list):
        return "[\n" + ",\n".join(json.dumps(item, ensure_ascii=False) for item in content) + "\n]\n"
    if isinstance(content, dict):
        rows = (f"{json.dumps(key)}: {_value(value)}" for key, value in content.items())
        return "{\n" + ",\n".join(rows) + "\n}\n"
    return json.dumps(content, ensure_ascii=False) + "\n"


def _value(value: object) -> str:
    return (
        text(value).rstrip("\n")
        if isinstance(value, list) and len(str(value)) > 400
        else json.dumps(value, ensure_ascii=False)
    )


def main() -> None:
    (CONTRACTS / "golden").mkdir(parents=True, exist_ok=True)
    for name, make in FILES.items():
        content, pictures = make()
        (CONTRACTS / name).write_text(text(content), "utf-8")
        for picture, image in pictures.items():
            cv2.imwrite(str(CONTRACTS / "golden" / picture), image)


if __name__ == "__main__":
    main()
