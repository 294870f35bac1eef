"""The operators' page: one self-contained HTML document, without scripts, in Korean or English."""

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from feeling_manager.labels import BY_NAME
from feeling_manager.music.recommender.comparison import Cell, Comparison, Day, Overview
from feeling_manager.music.recommender.offline import Estimate
from feeling_manager.music.recommender.types import Goal
from feeling_manager.music.recommender.types import Path as Way

TEMPLATE = "report.html.jinja"
MOST_DAYS = 60
"""Days that are drawn; the newest ones."""
WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "How songs are chosen",
        "lead": "Choices of songs and what came of them, from this service's own log. Rewards go from 0 to 1.",
        "choices": "choices",
        "fed": "with feedback",
        "people": "people",
        "songs": "songs",
        "exploring": "given to learn",
        "reward": "mean reward",
        "policies": "What each policy would have earned",
        "judged": "Judged on the {judged} newest choices with feedback; the learning policy had learned from the "
        "{learned} before them, and learned nothing meanwhile. The log itself earned {logged} on them.",
        "believe": "Bars are 95 % intervals over people. Believe a difference where the bars of “doubly robust” are "
        "apart and the effective number is in the hundreds. Replay is sound only for a log that was drawn evenly.",
        "too_few": "No comparison yet: {why}",
        "policy": "policy",
        "matches": "same choice",
        "effective": "effective n",
        "dr": "doubly robust",
        "replay": "replay",
        "random": "random",
        "genre": "the original's (ticked genres)",
        "popular": "most popular",
        "bandit": "the one that learns",
        "days": "Day by day",
        "days_note": "UTC; the newest {n} days.",
        "day": "day",
        "groups": "Mean reward by goal and feeling",
        "ways": "Straight or by steps",
        "ways_note": "What lifting and calming earned on each way. Which one serves a person is learned.",
        "goal": "goal",
        "emotion": "feeling",
        "way": "way",
        "number": "n",
        "match": "match",
        "lift": "lift",
        "calm": "calm",
        "direct": "straight",
        "steps": "by steps",
        "nothing": "No song was chosen yet.",
        "other": "한국어로 보기",
        "caveat": "A face shows an expression, not an inner state. Not for judging people.",
    },
    "ko": {
        "title": "노래가 골라지는 방식",
        "lead": "이 서비스의 기록에 남은 선곡과 그 결과입니다. 보상은 0에서 1까지입니다.",
        "choices": "선곡",
        "fed": "반응 있음",
        "people": "사람",
        "songs": "노래",
        "exploring": "탐색 비율",
        "reward": "평균 보상",
        "policies": "정책별 예상 보상",
        "judged": "반응이 있는 최근 선곡 {judged}건으로 비교했습니다. 학습하는 정책은 그 전의 {learned}건에서만 배웠고 "
        "비교하는 동안에는 배우지 않았습니다. 같은 선곡에서 실제 평균은 {logged}입니다.",
        "believe": "막대는 사람 단위의 95 % 구간입니다. 이중 강건 추정의 막대가 서로 떨어져 있고 유효 표본이 "
        "수백 이상일 때 차이를 믿으세요. 재생 추정은 고르게 뽑은 기록에서만 옳습니다.",
        "too_few": "아직 비교할 수 없습니다: {why}",
        "policy": "정책",
        "matches": "같은 선택",
        "effective": "유효 n",
        "dr": "이중 강건",
        "replay": "재생",
        "random": "무작위",
        "genre": "원래 방식(선택한 장르)",
        "popular": "인기순",
        "bandit": "학습하는 정책",
        "days": "날짜별",
        "days_note": "UTC 기준, 최근 {n}일.",
        "day": "날짜",
        "groups": "목표와 감정별 평균 보상",
        "ways": "곧바로 또는 단계적으로",
        "ways_note": "기분을 밝게 하거나 가라앉힐 때 두 길이 얻은 보상입니다. 누구에게 어느 길이 맞는지는 배워 갑니다.",
        "goal": "목표",
        "emotion": "감정",
        "way": "길",
        "number": "n",
        "match": "어울리게",
        "lift": "밝게",
        "calm": "차분하게",
        "direct": "곧바로",
        "steps": "단계적으로",
        "nothing": "아직 고른 노래가 없습니다.",
        "other": "View in English",
        "caveat": "얼굴은 표정을 보여 줄 뿐 속마음을 보여 주지 않습니다. 사람을 평가하는 데 쓰지 마세요.",
    },
}
_WIDTH = 300


def page(overview: Overview, comparison: Comparison | str, lang: str = "en", *, link: bool = False) -> str:
    """The page. comparison: or one sentence that says why there is none. link: to the other language, where a service
    answers at `?lang=`."""
    # here, for only a page needs it
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    words = WORDS[lang]
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    days = overview.days[-MOST_DAYS:]
    compared = comparison if isinstance(comparison, Comparison) else None
    return environment.get_template(TEMPLATE).render(
        t=words,
        lang=lang,
        other="ko" if lang == "en" else "en",
        link=link,
        overview=overview,
        comparison=compared,
        why="" if compared else comparison,
        policies=[_policy(row, words) for row in compared.policies] if compared else [],
        logged=_text(compared.logged) if compared else "",
        style=_STYLE,
        days=_bars(days),
        emotions=[_cell(cell, words, lang) for cell in overview.emotions],
        ways=[_cell(cell, words, lang) for cell in overview.paths],
        names={goal.value: words[goal] for goal in Goal} | {way.value: words[way] for way in Way},
    )


def content_security_policy() -> str:
    """For serving the page: nothing but its own style."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; frame-ancestors 'none'"


_STYLE = (Path(__file__).parent / "report.css").read_text("utf-8")


def _text(value: Estimate | None) -> str:
    return "–" if value is None else f"{value.value:.2f} [{value.low:.2f}, {value.high:.2f}]"


def _interval(value: Estimate | None) -> dict[str, Any] | None:
    """Where to draw it on a scale of 0 to 1; an estimate may lie beyond."""
    if value is None:
        return None
    low, middle, high = (_WIDTH * min(max(x, 0.0), 1.0) for x in (value.low, value.value, value.high))
    return {"low": round(low, 1), "middle": round(middle, 1), "width": round(max(high - low, 1.0), 1)}


def _policy(row: Any, words: dict[str, str]) -> dict[str, Any]:
    name = row.policy.split("-")[0]
    return {
        "name": words.get(name, row.policy),
        "estimates": [
            {"name": label, "text": _text(value), "drawn": _interval(value), "best": label == words["dr"]}
            for label, value in (
                (words["dr"], row.doubly_robust),
                ("SNIPS", row.snips),
                ("IPS", row.ips),
                (words["replay"], row.replay),
            )
        ],
        "matches": row.matches,
        "effective": round(row.effective),
    }


def _bars(days: Sequence[Day]) -> list[dict[str, Any]]:
    """Each day with the parts of its bar, of the widest day's width."""
    most = max((sum(day.choices.values()) for day in days), default=1)
    rows = []
    for day in days:
        at, parts = 0.0, []
        for name, number in sorted(day.choices.items()):
            width = _WIDTH * number / most
            parts.append({"policy": name, "number": number, "x": round(at, 1), "width": round(width, 1)})
            at += width
        rows.append({"day": day.day, "parts": parts, "exploring": day.exploring, "reward": day.reward})
    return rows


def _cell(cell: Cell, words: dict[str, str], lang: str) -> dict[str, Any]:
    low, high = cell.reward - 1.96 * cell.error, cell.reward + 1.96 * cell.error
    return {
        "goal": words[cell.goal],
        "of": words[cell.path] if cell.path else BY_NAME[cell.emotion or "neutral"].text(lang),
        "number": cell.number,
        "text": _text(Estimate(cell.reward, max(low, 0.0), min(high, 1.0))),
        "drawn": _interval(Estimate(cell.reward, low, high)),
    }
