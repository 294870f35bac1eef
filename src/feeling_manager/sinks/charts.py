"""The charts that stay: probabilities over time and the article's cumulative chart, by matplotlib, as PNG."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from feeling_manager.labels import EMOTIONS, affect
from feeling_manager.sinks import fonts
from feeling_manager.sinks.accumulator import Person, Results
from feeling_manager.sinks.panels import clock
from feeling_manager.sinks.series import Points
from feeling_manager.sinks.svg import STACK
from feeling_manager.sinks.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_PANELS, WIDE_PANELS = 30, 4
"""Persons with a panel of their own, those seen longest; and how many have one of the whole width."""
STEADY = 0.85
"""Probability above which an expression is one throughout."""
DPI = 120
INK, FAINT, GRID = "#24292f", "#6e7781", "#d8dee4"

_LINES = ("#24292f", "#0072b2", "#d55e00", "#009e73")
"""Colours of lines, told apart by the colour-blind (Okabe & Ito 2008)."""


def timeline_png(results: Results, lang: str = "en", begin: float = 0.0) -> bytes:
    """Probabilities over time, a panel a person, and everybody's valence below. begin: seconds that count as 0:00.

    Few people have wide panels, many have small ones side by side; whoever has none is counted in words.
    """
    words = Words(lang)
    persons = results.persons[:MOST_PANELS]
    with _style(lang):
        if not persons:
            return _png(_empty(words.timeline_title, words))
        columns = 1 if len(persons) <= WIDE_PANELS else 3
        rows = [persons[index : index + columns] for index in range(0, len(persons), columns)]
        heights = [max(_panel_height(person, columns) for person in row) for row in rows]
        figure = _figure(11, 1.6 + sum(heights) + 1.5)
        grid = figure.add_gridspec(len(rows) + 1, columns, height_ratios=[*heights, 1.3], hspace=0.5, wspace=0.16)
        axes: list[Axes] = []
        for row, people in enumerate(rows):
            for column, person in enumerate(people):
                axes.append(figure.add_subplot(grid[row, column], sharex=axes[0] if axes else None))
                _draw_person(axes[-1], person, words, _blur(results), begin)
        axes.append(figure.add_subplot(grid[len(rows), :], sharex=axes[0]))
        _draw_valence(axes[-1], persons[:WIDE_PANELS], words, _blur(results), begin)
        for axis in axes[:-1]:
            axis.tick_params(labelbottom=False)
        _clock_axis(axes[-1], results, begin)
        note = words.timeline_note
        if more := len(results.persons) + results.others - len(persons):
            note += f"   {words.more_in_tables.format(n=more)}"
        _head(figure, words.timeline_title, note)
        _legend(figure, words)
        return _png(figure)


def _panel_height(person: Person, columns: int) -> float:
    """Inches. Who shows one thing throughout needs no more than a strip."""
    if columns > 1:
        return 0.95
    probabilities = np.nan_to_num(person.points.probabilities)
    there = probabilities.sum(axis=1) > 0
    steady = there.any() and float(probabilities[there].max(axis=1).min()) > STEADY
    steady = steady and len(set(probabilities[there].argmax(axis=1).tolist())) == 1
    return 0.75 if steady else 1.75


def cumulative_png(results: Results, lang: str = "en", begin: float = 0.0) -> bytes:
    """Probability times seconds of all faces, added up over time. begin: seconds that count as 0:00."""
    words = Words(lang)
    with _style(lang):
        if results.first is None:
            return _png(_empty(words.cumulative_title, words))
        figure = _figure(9, 5.4)
        axis = figure.add_subplot()
        figure.subplots_adjust(left=0.08, right=0.83, top=0.84, bottom=0.11)
        points = results.points
        seconds = np.nan_to_num(points.probabilities) * points.seconds[:, None]
        sums = np.concatenate([np.zeros((1, len(EMOTIONS))), seconds.cumsum(axis=0)])
        start = points.times[:1] - points.width / 2 if len(points.times) else np.array([results.first])
        times = np.concatenate([start, points.times + points.width / 2]) - begin
        for emotion in EMOTIONS:
            axis.plot(times, sums[:, emotion.index], color=emotion.colour, linewidth=2.4, solid_capstyle="round")
        axis.set_ylim(0, max(float(sums.max()) * 1.05, 0.1))
        _clock_axis(axis, results, begin)
        axis.set_ylabel(words.seconds)
        axis.grid(axis="y", color=GRID)
        _name_lines(axis, sums[-1].tolist(), words)
        _head(figure, words.cumulative_title, words.cumulative_note)
        return _png(figure)


def _blur(results: Results) -> float:
    """Seconds that the timeline is smoothed over: what can be told apart in it."""
    return max(((results.last or 0.0) - (results.first or 0.0)) / 250, 0.2)


def _draw_person(axis: "Axes", person: Person, words: Words, blur: float, begin: float) -> None:
    points = _to_edges(person.points.smooth(blur))
    times = points.times - begin
    there = ~np.isnan(points.probabilities[:, 0])
    top = np.ones(len(times))
    for emotion in STACK:
        bottom = top - np.nan_to_num(points.probabilities[:, emotion.index])
        axis.fill_between(
            times, np.clip(bottom, 0, 1), top, where=there, color=emotion.colour, linewidth=0.4, edgecolor="white"
        )
        top = bottom
    axis.set_ylim(0, 1)
    axis.set_yticks([0, 0.5, 1], ["0%", "50%", "100%"])
    in_view = words.in_view.format(seconds=f"{person.seconds:.1f}")
    axis.set_title(f"{words.person_name(person.id)}   {in_view}", loc="left", fontsize=10.5, color=INK, pad=5)


def _to_edges(points: Points) -> Points:
    """From the first bin's beginning to the last one's end, not from middle to middle."""
    if not len(points.times):
        return points
    half = points.width / 2
    times = np.concatenate([points.times[:1] - half, points.times, points.times[-1:] + half])
    return points._replace(times=times, probabilities=np.pad(points.probabilities, ((1, 1), (0, 0)), mode="edge"))


def _draw_valence(axis: "Axes", persons: tuple[Person, ...], words: Words, blur: float, begin: float) -> None:
    axis.axhline(0, color=GRID, linewidth=1)
    for number, person in enumerate(persons):
        points = _to_edges(person.points.smooth(2 * blur))
        valence = [affect(row)[0] for row in points.probabilities]
        # the first is the widest: lines that lie on each other are all seen
        width = 1.6 + 1.6 * (len(persons) - 1 - number)
        times = points.times - begin
        colour = _LINES[number % len(_LINES)]
        axis.plot(times, valence, color=colour, linewidth=width, label=words.person_name(person.id))
    axis.set_ylim(-0.9, 0.9)
    axis.set_yticks([-0.7, 0, 0.7], [words.unpleasant, "0", words.pleasant])
    axis.set_title(words.valence, loc="left", fontsize=10.5, color=INK, pad=5)
    if len(persons) > 1:
        axis.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=len(persons), frameon=False, fontsize=9)


def _name_lines(axis: "Axes", ends: list[float], words: Words) -> None:
    """Names at the lines' ends, moved apart where they would cover each other."""
    limit = axis.get_ylim()[1]
    step, last = limit * 0.052, -limit
    for emotion in sorted(EMOTIONS, key=lambda emotion: ends[emotion.index]):
        y = max(ends[emotion.index], last + step)
        last = y
        axis.annotate(
            f"{words.emotion(emotion)}  {ends[emotion.index]:.{0 if limit > 100 else 1}f}",
            (1.0, y),
            xycoords=("axes fraction", "data"),
            xytext=(18, 0),
            textcoords="offset points",
            va="center",
            color=INK,
            fontsize=10,
            annotation_clip=False,
        )
        axis.plot([1.018], [y], "s", transform=axis.get_yaxis_transform(), color=emotion.colour, clip_on=False)


def _clock_axis(axis: "Axes", results: Results, begin: float) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    first, last = (results.first or 0.0) - begin, (results.last or 0.0) - begin
    if len(results.points.times):
        last = max(last, float(results.points.times[-1]) + results.points.width / 2 - begin)
    axis.set_xlim(first, max(last, first + 0.1))
    steps = [1, 1.5, 2, 3, 5, 6, 10]
    axis.xaxis.set_major_locator(MaxNLocator(8, steps=steps, integer=last - first >= 4))
    precise = last - first < 4
    axis.xaxis.set_major_formatter(FuncFormatter(lambda time, _: f"{time:.1f}" if precise else clock(time)))


def _legend(figure: "Figure", words: Words) -> None:
    from matplotlib.patches import Patch

    patches = [Patch(color=emotion.colour, label=words.emotion(emotion)) for emotion in STACK]
    figure.legend(
        handles=patches,
        loc="lower center",
        ncols=len(STACK),
        frameon=False,
        fontsize=10,
        handlelength=1,
        handleheight=1,
    )


def _head(figure: "Figure", title: str, note: str) -> None:
    """Title and note, a fixed distance from the upper edge whatever the height."""
    height = figure.get_figheight()
    left = figure.subplotpars.left
    figure.text(left, 1 - 0.42 / height, title, fontsize=15, fontweight="bold", color=INK)
    figure.text(left, 1 - 0.68 / height, note, fontsize=10, color=FAINT)


def _figure(width: float, height: float) -> "Figure":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=DPI)
    FigureCanvasAgg(figure)
    figure.subplots_adjust(left=0.085, right=0.975, top=1 - 1.1 / height, bottom=0.75 / height)
    return figure


def _empty(title: str, words: Words) -> "Figure":
    figure = _figure(9, 3)
    figure.text(0.5, 0.45, words.no_face_found, fontsize=15, color=FAINT, ha="center")
    _head(figure, title, "")
    return figure


def _png(figure: "Figure") -> bytes:
    buffer = io.BytesIO()
    # without the writer's name and version the same readings make the same bytes
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


@contextmanager
def _style(lang: str) -> Iterator[None]:
    import matplotlib
    from matplotlib import font_manager

    # where a weight or a style of a font is missing the nearest is taken; that needs no word on the terminal
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    family = ["DejaVu Sans"]
    if path := fonts.find(lang):
        font_manager.fontManager.addfont(str(path))
        family.insert(0, font_manager.FontProperties(fname=str(path)).get_name())
    with matplotlib.rc_context(
        {
            "font.family": family,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": FAINT,
            "axes.labelcolor": FAINT,
            "xtick.color": FAINT,
            "ytick.color": FAINT,
            "axes.axisbelow": True,
            "axes.unicode_minus": False,
        }
    ):
        yield
