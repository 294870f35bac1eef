"""One sentence that says why a song was chosen, in Korean and English."""

from feeling_manager.labels import BY_NAME
from feeling_manager.music.genres import Genre
from feeling_manager.music.recommender.types import Goal, Motive, Path, Reason

ENGLISH = {
    Motive.ANY: "a song picked from those you allow",
    Motive.EXPLORING: "something different, to get to know your taste",
    Motive.GENRE: "{genre}, which you ticked for this feeling",
    Motive.TASTE: "close to songs you liked",
    Motive.POPULAR: "liked by many others",
    Motive.MOOD: "its mood fits",
    Motive.NEW: "you have not heard it lately",
}
KOREAN = {
    Motive.ANY: "허용하신 곡 중에서 고른 곡이에요",
    Motive.EXPLORING: "취향을 알아 가려고 새로운 곡을 골랐어요",
    Motive.GENRE: "이 감정에 선택하신 {genre} 장르예요",
    Motive.TASTE: "좋아하신 곡들과 비슷해요",
    Motive.POPULAR: "많은 분들이 좋아한 곡이에요",
    Motive.MOOD: "분위기가 잘 맞아요",
    Motive.NEW: "최근에 듣지 않으신 곡이에요",
}
GOALS_ENGLISH = {
    Goal.MATCH: "To go with {emotion}",
    Goal.LIFT: "To brighten {emotion}{steps}",
    Goal.CALM: "To calm {emotion}{steps}",
}
GOALS_KOREAN = {
    Goal.MATCH: "지금 감정({emotion})에 어울리도록",
    Goal.LIFT: "지금 감정({emotion})에서 {steps}기분을 밝게 하도록",
    Goal.CALM: "지금 감정({emotion})에서 {steps}마음을 가라앉히도록",
}


def sentence(reason: Reason, lang: str = "en") -> str:
    """The reason as one sentence in `lang` ("en" or "ko")."""
    korean = lang == "ko"
    emotion = BY_NAME[reason.emotion].text(lang)
    genre = Genre(reason.genre).text(lang) if reason.genre in tuple(Genre) else ("음악" if korean else "music")
    steps = ""
    if reason.path is Path.STEPS:
        steps = "한 걸음씩 " if korean else " step by step"
    goal = (GOALS_KOREAN if korean else GOALS_ENGLISH)[reason.goal].format(emotion=emotion, steps=steps)
    motive = (KOREAN if korean else ENGLISH)[reason.motive].format(genre=genre)
    return f"{goal}, {motive}."
