import io
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from feeling_manager.errors import FeelingError
from feeling_manager.labels import ANGER, HAPPINESS, NAMES
from feeling_manager.sinks import fonts
from feeling_manager.sinks.accumulator import Accumulator, Results
from feeling_manager.sinks.charts import cumulative_png, timeline_png
from feeling_manager.sinks.page import percent
from feeling_manager.sinks.report import make_report, span
from feeling_manager.sinks.summary import Run, dump, read_run, run_to_json, to_json, versions
from feeling_manager.sinks.words import Words
from feeling_manager.types import Image, Unclear
from tests.sinks.readings import INFO, make_reading
from tests.sinks.test_accumulator import accumulate, results_of

RUN = Run(
    versions=versions(),
    model={"emotion": "ab" * 32},
    settings={"every": 1, "tracking": {"memory": 1.0}, "end": None},
    source=INFO._asdict(),
    frames=100,
    dropped=2,
)


def korean_or_skip() -> str:
    try:
        fonts.find("ko")
    except FeelingError:
        pytest.skip("no font with Hangul on this machine")
    return "ko"


@pytest.fixture(params=["en", "ko"])
def lang(request: pytest.FixtureRequest) -> str:
    return korean_or_skip() if request.param == "ko" else "en"


def everything() -> Results:
    return results_of([("happiness", 0, 6), ("sadness", 6, 9)], [(None, 0, 2), ("anger", 2, 9)])


def picture(png: bytes) -> Image:
    with Pillow.open(io.BytesIO(png)) as opened:
        return np.asarray(opened.convert("RGB"))[:, :, ::-1].copy()


def share_of(image: Image, colour: tuple[int, int, int]) -> float:
    return float((image == np.array(colour, np.uint8)).all(axis=2).mean())


def test_the_timeline_shows_each_person_in_the_colours_of_the_emotions(lang: str) -> None:
    image = picture(timeline_png(everything(), lang))
    assert share_of(image, HAPPINESS.bgr) > 0.05
    assert share_of(image, ANGER.bgr) > 0.05
    alone = picture(timeline_png(results_of([("happiness", 0, 6)]), lang))
    assert alone.shape[0] < image.shape[0], "a panel a person"


def test_the_cumulative_chart_shows_all_lines(lang: str) -> None:
    image = picture(cumulative_png(everything(), lang))
    assert share_of(image, HAPPINESS.bgr) > 0.001
    assert share_of(image, ANGER.bgr) > 0.001


@pytest.mark.parametrize("draw", [timeline_png, cumulative_png])
def test_charts_of_next_to_nothing(draw: Callable[[Results], bytes]) -> None:
    unclear = [[make_reading(time=i / 10, unclear=Unclear.SMALL)] for i in range(9)]
    for readings in ([], [[make_reading()]], unclear):
        assert picture(draw(accumulate(readings))).shape[2] == 3
    empty, full = picture(draw(accumulate([]))), picture(draw(everything()))
    assert (empty == 255).mean() > (full == 255).mean()


def test_charts_are_the_same_each_time() -> None:
    assert timeline_png(everything()) == timeline_png(everything())
    assert cumulative_png(everything()) == cumulative_png(everything())


class Page(HTMLParser):
    """Reads a page strictly: every element closed in its order; keeps what the tests ask for."""

    VOID = frozenset({"meta", "img", "link", "br", "hr", "input"})

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page_of(results: Results, run: Run = RUN, lang: str = "en") -> tuple[str, Page]:
    html = make_report(results, run, lang)
    return html, Page(html)


def test_the_page_needs_nothing_else(lang: str) -> None:
    html, page = page_of(everything(), lang=lang)
    assert not re.search(r"""(src|href|url|@import)\s*[=(]\s*["']?\s*(?!data:)[\w/]""", html)
    assert "://" not in html
    assert not page.all("script")
    assert not page.all("link")
    assert not page.all("img")
    assert len(page.all("path")) > 10


def test_the_page_can_be_read_without_seeing_it(lang: str) -> None:
    _, page = page_of(everything(), lang=lang)
    assert page.all("html")[0]["lang"] == lang
    assert all(svg.get("aria-hidden") or (svg["role"] == "img" and svg["aria-label"]) for svg in page.all("svg"))
    headings = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(headings))
    assert all(th.get("scope") in ("col", "row") for th in page.all("th"))
    assert page.all("meta")[1]["name"] == "viewport"
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    labelled = {a["aria-labelledby"] for _, a in page.elements if "aria-labelledby" in a}
    assert len(ids) == len(set(ids))
    assert labelled <= set(ids)


def test_the_page_tells_what_was_seen_and_what_it_does_not_mean() -> None:
    _, page = page_of(everything())
    assert "2 people were seen, at most 2 at once." in page.text
    assert "Person 1" in page.text
    assert "67%" in page.text
    assert "talk.mp4" in page.text
    assert "not inner states" in page.text
    assert "article 5(1)(f)" in page.text
    assert "ab" * 32 in page.text
    assert "tracking.memory" in page.text


def test_names_from_outside_are_escaped() -> None:
    run = Run(source={"name": "<script>alert(1)</script>&.mp4"}, settings={"<b>": '"><img src=x>'})
    html, page = page_of(everything(), run)
    assert not page.all("script")
    assert not page.all("img")
    assert "<script>alert(1)</script>&.mp4" in page.text
    assert "<b>" not in html


def test_a_page_about_nobody() -> None:
    _, page = page_of(Accumulator().finish(), Run())
    assert "No face was found" in page.text
    assert not page.all("img")


def test_a_page_about_faces_too_unclear_to_read() -> None:
    results = accumulate([[make_reading(time=i / 10, unclear=Unclear.TURNED)] for i in range(20)])
    _, page = page_of(results)
    assert "None of the faces was clear enough" in page.text
    assert "One person was seen." in page.text


def test_lengths_and_shares_as_people_write_them() -> None:
    assert [span(value, Words("en")) for value in (0.04, 12.34, 60, 3725)] == ["0.0 s", "12.3 s", "1:00", "1:02:05"]
    assert span(2, Words("ko")) == "2.0 초"
    assert [percent(value) for value in (0, 0.001, 0.006, 0.5, 1)] == ["0%", "<1%", "1%", "50%", "100%"]


def test_the_summary_holds_what_its_docstring_promises() -> None:
    document = json.loads(dump(to_json(everything(), RUN)))
    assert document["format"] == 1
    assert document["versions"]["feeling-manager"]
    assert document["source"]["name"] == "talk.mp4"
    assert (document["frames"], document["dropped"], document["readings"]) == (100, 2, 400)
    assert document["seconds"] == pytest.approx(16.0, abs=0.01)
    assert sum(document["shares"].values()) + document["unclear_share"] == pytest.approx(1, abs=1e-3)
    first, second = document["persons"]
    assert (first["id"], second["id"]) == (1, 2)
    assert first["shares"]["happiness"] == pytest.approx(2 / 3, abs=0.01)
    assert first["changes"] == 1
    assert list(first["probabilities"]) == list(NAMES)
    assert [spell["emotion"] for spell in first["spells"]] == ["happiness", "sadness"]
    assert first["spells"][0]["seconds"] == pytest.approx(6.0, abs=0.05)
    assert first["valence"] > second["valence"]
    assert document["others"] == {"persons": 0, "seconds": 0.0}
    documented = (to_json.__globals__["__doc__"] or "").split("\n\n")[1]
    assert all(re.search(rf"\b{key}\b", documented) for key in [*document, *first, *first["spells"][0]])


def test_what_is_known_of_a_run_survives_its_part(tmp_path: Path) -> None:
    path = tmp_path / "summary.json.part"
    path.write_bytes(dump(run_to_json(RUN)))
    assert read_run(path) == RUN
    for damaged in ("", "{", "[]", '{"versions": 3}', "null"):
        path.write_text(damaged)
        assert read_run(path) == Run()
    assert read_run(tmp_path / "none.json") == Run()


def crowd(number: int) -> Results:
    people: list[list[tuple[str | None, float, float]]] = [
        [("happiness" if index % 3 else "sadness", 0, 4)] for index in range(number)
    ]
    return results_of(*people)


def test_nobody_of_many_vanishes_without_a_word() -> None:
    _, page = page_of(crowd(28))
    for number in range(1, 29):
        assert f"Person {number}" in page.text
    few, some, many = (picture(timeline_png(crowd(number))) for number in (4, 28, 40))
    # small multiples: seven times as many people in less than twice the height
    assert some.shape[0] < 2.5 * few.shape[0]
    assert many.shape[0] < 1.3 * some.shape[0]


def test_one_expression_throughout_is_no_huge_block() -> None:
    steady = accumulate([[make_reading("happiness", 0.97, time=i / 10)] for i in range(60)])
    changing = results_of([("happiness", 0, 3), ("sadness", 3, 6)])
    assert picture(timeline_png(steady)).shape[0] < picture(timeline_png(changing)).shape[0]


def test_valence_lines_that_lie_on_each_other_are_told_apart() -> None:
    image = picture(timeline_png(results_of([("happiness", 0, 6)], [("happiness", 0, 6)])))
    assert share_of(image, (0x2F, 0x29, 0x24)) > 0.0002
    assert share_of(image, (0xB2, 0x72, 0x00)) > 0.0002
