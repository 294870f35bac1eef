"""A film to a chart of one person's valence: `python examples/film_to_chart.py FILM CHART.png`."""

import sys
from pathlib import Path

from matplotlib.figure import Figure

from feeling_manager import EmotionRecognizer
from feeling_manager.pipeline import FaceReader
from feeling_manager.sources import open_source


def main() -> None:
    film, chart = sys.argv[1], Path(sys.argv[2])
    reader = FaceReader(EmotionRecognizer(), face="largest")
    times, valence = [], []
    with open_source(film) as source:
        for _, readings in reader.iterate(source):
            for reading in readings:
                times.append(reading.time)
                valence.append(reading.valence)
    figure = Figure(figsize=(8, 3), layout="constrained")
    axes = figure.subplots()
    axes.plot(times, valence)
    axes.set(xlabel="seconds", ylabel="valence", ylim=(-1, 1))
    figure.savefig(chart)
    print(f"{len(times)} readings: {chart}")


if __name__ == "__main__":
    main()
