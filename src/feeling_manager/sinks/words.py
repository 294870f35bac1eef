"""What is written on pictures, charts and in reports, in English and Korean."""

from feeling_manager.labels import Emotion
from feeling_manager.sinks.fonts import check_lang
from feeling_manager.types import Unclear

_EN = {
    "unclear": "unclear",
    "small": "too small",
    "blurred": "blurred",
    "turned": "turned away",
    "unsure": "not sure",
    "no_face": "no face",
    "no_face_found": "No face was found.",
    "person": "Person {id}",
    "faces": "{n} faces",
    "one_face": "1 face",
    "now": "Now",
    "cumulative": "So far, in seconds",
}
_KO = {
    "unclear": "불분명",
    "small": "너무 작음",
    "blurred": "흐림",
    "turned": "고개 돌림",
    "unsure": "확신 없음",
    "no_face": "얼굴 없음",
    "no_face_found": "얼굴을 찾지 못했습니다.",
    "person": "사람 {id}",
    "faces": "얼굴 {n}개",
    "one_face": "얼굴 1개",
    "now": "지금",
    "cumulative": "지금까지 누적(초)",
}
WORDS: dict[str, dict[str, str]] = {"en": _EN, "ko": _KO}


class Words:
    """The words of one language, as attributes; sentences with gaps are filled with `str.format`."""

    def __init__(self, lang: str) -> None:
        """Raises UsageError for a language that we have no words in."""
        self.lang = check_lang(lang)
        self._words = WORDS[lang]

    def __getattr__(self, key: str) -> str:
        try:
            return self._words[key]
        except KeyError:
            raise AttributeError(key) from None

    def emotion(self, emotion: Emotion | None) -> str:
        return emotion.text(self.lang) if emotion else self.unclear

    def reason(self, unclear: Unclear) -> str:
        """Why a face is unclear."""
        return self._words[unclear.value]

    def person_name(self, number: int) -> str:
        return self.person.format(id=number)

    def face_count(self, number: int) -> str:
        return self.one_face if number == 1 else self.faces.format(n=number)
