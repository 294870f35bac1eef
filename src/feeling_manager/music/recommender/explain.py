"""What the policy believes of one person, in numbers and in words."""

from typing import NamedTuple

import numpy as np

from feeling_manager.labels import EMOTIONS
from feeling_manager.music.genres import Genre
from feeling_manager.music.recommender.bandit import BanditPolicy
from feeling_manager.music.recommender.features import BLOCKS, NAMES, SIZE
from feeling_manager.music.song import Mood


class Belief(NamedTuple):
    """A weight in rewards from 0 to 1: the person's with its standard deviation, and that of people like them.

    place: of the feature, from `SIZE` on a latent taste.
    """

    feature: str
    weight: float
    deviation: float
    others: float
    place: int


_MOODS = "재미 기쁨 관능 아름다움 편안함 슬픔 몽환 승리감 불안 무서움 짜증 반항 신남"
_KOREAN_MOODS = dict(zip(Mood, _MOODS.split(), strict=True))
_ENGLISH = {
    "base": "any song at all",
    "ticked genre": "ticked genres",
    "closeness": "a mood that fits the goal “{detail}”",
    "by steps": "going by steps to the goal “{detail}”",
    "popularity": "what many others like",
    "not heard lately": "what was not heard lately",
    "new in the catalogue": "what is new in the catalogue",
    "hour": "the hour of the day",
    "genre": "{detail}",
    "mood": "music that gives {detail}",
    "emotion": "{detail}",
    "latent": "a taste shared with some people (no. {detail})",
}
_KOREAN = {
    "base": "노래 전반",
    "ticked genre": "선택한 장르",
    "closeness": "분위기가 맞는 노래({detail})",
    "by steps": "단계적으로 가는 길({detail})",
    "popularity": "많은 사람이 좋아한 노래",
    "not heard lately": "최근에 듣지 않은 노래",
    "new in the catalogue": "새로 들어온 노래",
    "hour": "시간대에 따른 빠르기",
    "genre": "{detail}",
    "mood": "음악의 느낌 ‘{detail}’",
    "emotion": "{detail}",
    "latent": "일부 사람들과 나누는 취향({detail}번)",
}
_GOALS = {"match": ("match", "어울리게"), "lift": ("lift", "밝게"), "calm": ("calm", "차분하게")}
_SENTENCES = {
    "en": "{what} {more} than for others: {weight:+.2f} instead of {others:+.2f}, {sure}.",
    "ko": "{what}: 다른 사람들보다 {more}({others:+.2f} 대신 {weight:+.2f}, {sure}).",
}
_MORE = {"en": ("counts less", "counts more"), "ko": ("덜 중요해요", "더 중요해요")}
_SURE = {
    "en": ("no more than a hint", "likely", "fairly sure"),
    "ko": ("아직은 짐작", "그럴 가능성이 큼", "꽤 확실함"),
}


def beliefs(policy: BanditPolicy, person: str, group: str) -> list[Belief]:
    """What is believed of a person's weights, those first that differ most from the group's for their uncertainty."""
    own, others = policy.posterior(person, group), policy.common(person, group)
    names = [
        *(NAMES if policy.model.described else ()),
        *(f"latent taste {i + 1}" for i in range(policy.model.factors)),
    ]
    deviations = np.sqrt(np.diag(own.covariance))
    order = np.argsort(-np.abs(own.mean - others.mean) / np.maximum(deviations, 1e-9), kind="stable")
    first = 0 if policy.model.described else SIZE
    return [
        Belief(names[i], float(own.mean[i]), float(deviations[i]), float(others.mean[i]), first + int(i)) for i in order
    ]


def sentence(belief: Belief, lang: str = "en") -> str:
    """How a person differs from people like them, in one sentence in `lang` ("en" or "ko")."""
    ahead = belief.weight - belief.others
    certainty = abs(ahead) / max(belief.deviation, 1e-9)
    what = _label(belief.place, lang)
    return _SENTENCES[lang].format(
        what=what[0].upper() + what[1:],
        more=_MORE[lang][ahead > 0.0],
        weight=belief.weight,
        others=belief.others,
        sure=_SURE[lang][(certainty > 1.0) + (certainty > 2.0)],
    )


def goal_text(goal: str, lang: str) -> str:
    """What a goal is called in `lang`."""
    return _GOALS[goal][lang == "ko"]


def _label(place: int, lang: str) -> str:
    words = _KOREAN if lang == "ko" else _ENGLISH
    if place >= SIZE:
        return words["latent"].format(detail=place - SIZE + 1)
    for block in BLOCKS:
        if place < block.size:
            return words[block.name].format(detail=_detail(block.name, place, lang))
        place -= block.size
    raise AssertionError(place)


def _detail(block: str, place: int, lang: str) -> str:
    korean = lang == "ko"
    if block == "closeness":
        return goal_text(("match", "lift", "calm")[place], lang)
    if block == "by steps":
        return goal_text(("lift", "calm")[place], lang)
    if block == "genre":
        return tuple(Genre)[place].text(lang)
    if block == "mood":
        mood = tuple(Mood)[place]
        return _KOREAN_MOODS[mood] if korean else mood.value
    if block == "emotion":
        emotion = EMOTIONS[place // 2].text(lang)
        if korean:
            return f"{emotion}일 때 {'활기찬' if place % 2 else '밝은'} 노래"
        return f"{'lively' if place % 2 else 'pleasant'} songs in {emotion}"
    return ""
