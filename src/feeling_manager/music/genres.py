"""The ten genres of the original service and the words by which they are called."""

import re
import unicodedata
from enum import IntEnum


class Genre(IntEnum):
    """Number on the wire: character *n* of the original's preference strings stands for genre *n*."""

    CLASSIC = 1
    JAZZ = 2
    POP = 3
    TROT = 4
    IDOL = 5
    ROCK = 6
    BALLAD = 7
    GAME = 8
    HIPHOP = 9
    EXTRA = 10

    def text(self, lang: str = "en") -> str:
        """The word to show to a person in `lang` ("en" or "ko")."""
        return KOREAN[self] if lang == "ko" else self.name.lower()


KOREAN: dict[Genre, str] = {
    Genre.CLASSIC: "클래식",
    Genre.JAZZ: "재즈",
    Genre.POP: "팝",
    Genre.TROT: "트로트",
    Genre.IDOL: "아이돌",
    Genre.ROCK: "록",
    Genre.BALLAD: "발라드",
    Genre.GAME: "게임",
    Genre.HIPHOP: "힙합",
    Genre.EXTRA: "기타",
}

# Tried in this order: what is more particular first, so that "Korean ballad rock" is a ballad and "K-pop" no pop.
_WORDS: tuple[tuple[Genre, str], ...] = (
    (Genre.TROT, r"trot|enka|트로트|트롯|성인가요"),
    (Genre.GAME, r"games?|video ?games?|chiptune|8-?bit|게임"),
    (Genre.IDOL, r"idol|k-?pop|j-?pop|girl group|boy band|아이돌|케이팝|걸그룹|보이그룹|댄스가요"),
    (Genre.HIPHOP, r"hip-? ?hop|rap|trap|grime|boom ?bap|힙합|랩"),
    (Genre.BALLAD, r"ballads?|발라드"),
    (Genre.JAZZ, r"jazz|swing|bebop|be-?bop|big ?band|bossa ?nova|ragtime|dixieland|재즈|보사노바|스윙"),
    (
        Genre.CLASSIC,
        r"classic|classical|baroque|opera|symphon(?:y|ic)|chamber(?: music)?|concerto|sonata|choral|orchestral|"
        r"romantic era|클래식|고전음악|교향곡|협주곡|오페라|관현악",
    ),
    (Genre.ROCK, r"rock|metal|punk|grunge|hardcore|shoegaze|emo|록|락|메탈|펑크록|밴드"),
    (
        Genre.EXTRA,
        r"folk|electronic|electronica|edm|house|techno|trance|ambient|r ?& ?b|rnb|soul|funk|blues|country|reggae|"
        r"world|latin|soundtracks?|ost|film|score|musicals?|new age|disco|gugak|children'?s?|other|extra|etc|"
        r"포크|일렉트로닉|전자음악|알앤비|소울|블루스|레게|사운드트랙|영화음악|뮤지컬|뉴에이지|국악|동요|기타",
    ),
    (Genre.POP, r"pop|popular|팝|팝송|가요"),
)
# A Korean word may carry endings and neighbours (\b would not end it); a Latin one must stand alone.
_PATTERNS = tuple((genre, re.compile(rf"(?<![a-z])(?:{words})(?![a-z])")) for genre, words in _WORDS)
_BY_NAME = {genre.text(lang): genre for genre in Genre for lang in ("en", "ko")}

# Winamp's list, which ID3v1 numbers refer to and some taggers still write as "(17)".
_ID3V1 = {
    2: Genre.EXTRA, 3: Genre.EXTRA, 7: Genre.HIPHOP, 8: Genre.JAZZ, 9: Genre.ROCK, 13: Genre.POP, 14: Genre.EXTRA,
    15: Genre.HIPHOP, 17: Genre.ROCK, 18: Genre.EXTRA, 24: Genre.EXTRA, 32: Genre.CLASSIC, 36: Genre.GAME,
    52: Genre.EXTRA, 79: Genre.ROCK, 80: Genre.EXTRA, 103: Genre.CLASSIC, 116: Genre.BALLAD,
}  # fmt: skip


def parse_genre(text: str) -> Genre | None:
    """The genre that `text` names: a number from 1 to 10, or one of the names, in English or Korean; else None."""
    word = unicodedata.normalize("NFKC", text).strip().casefold()
    # a spreadsheet gives 3 as 3.0
    if re.fullmatch(r"(?:10|[1-9])(?:\.0+)?", word):
        return Genre(int(float(word)))
    return _BY_NAME.get(word)


def guess_genre(text: str) -> Genre | None:
    """The genre that a tag or a playlist's title speaks of ("Korean Ballads", "(17)", "게임 음악"), or None.

    A number is one of ID3v1 here, not of ours.
    """
    word = unicodedata.normalize("NFKC", text).strip().casefold()
    number = re.fullmatch(r"\(?(\d{1,3})\)?", word)
    if number:
        return _ID3V1.get(int(number[1]))
    if word in _BY_NAME:
        return _BY_NAME[word]
    return next((genre for genre, pattern in _PATTERNS if pattern.search(word)), None)
