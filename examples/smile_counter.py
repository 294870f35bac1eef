"""How long did each person smile? `python examples/smile_counter.py FILM`."""

import sys
from collections import defaultdict

from feeling_manager.pipeline import FaceReader
from feeling_manager.sources import open_source


def main() -> None:
    reader = FaceReader()
    smiled: dict[int, float] = defaultdict(float)
    last = 0.0
    with open_source(sys.argv[1]) as source:
        for frame, readings in reader.iterate(source):
            for reading in readings:
                smiled[reading.track_id] += (frame.time - last) * (
                    reading.label is not None and reading.label.name == "happiness"
                )
            last = frame.time
    for person, seconds in sorted(smiled.items()):
        print(f"person {person} smiled for {seconds:.1f} s")


if __name__ == "__main__":
    main()
