"""How what is known of a person is printed."""

from typing import TYPE_CHECKING

import typer

from feeling_manager.cli.output import print_json, print_table
from feeling_manager.music.recommender.explain import Belief, goal_text, sentence

if TYPE_CHECKING:
    from feeling_manager.service.songs.operators import Explanation

_WORDS = {
    "en": {
        "counts": "{plays} songs given, {fed} with feedback, {bans} never again.",
        "genres": "Ticked genres: {chosen}",
        "goals": "Goals: {chosen}",
        "none": "nothing chosen",
        "learned": "What {rewards} rewards taught, against people like them:",
        "unlearned": "Nothing was learned yet: songs come by ticked genres, mood and what others like.",
        "given": "The newest songs, and why",
        "song": "song", "why": "why", "probability": "probability", "reward": "reward",
    },
    "ko": {
        "counts": "들려준 노래 {plays}곡, 반응 {fed}건, 다시 안 듣기 {bans}곡.",
        "genres": "선택한 장르: {chosen}",
        "goals": "목표: {chosen}",
        "none": "선택 없음",
        "learned": "반응 {rewards}건으로 알게 된 것(비슷한 사람들과 견주어):",
        "unlearned": "아직 배운 것이 없습니다. 선택한 장르와 분위기, 다른 사람들의 반응으로 노래를 고릅니다.",
        "given": "최근에 들려준 노래와 그 까닭",
        "song": "노래", "why": "까닭", "probability": "확률", "reward": "보상",
    },
}  # fmt: skip


def show_beliefs(beliefs: list[Belief], rewards: int, lang: str) -> None:
    """A sentence a line."""
    words = _WORDS[lang]
    if not beliefs:
        typer.echo(words["unlearned"])
        return
    typer.echo(words["learned"].format(rewards=rewards))
    for belief in beliefs:
        typer.echo(f"- {sentence(belief, lang)}")


def show(user: str, found: "Explanation", lang: str, *, json: bool) -> None:
    """Everything that is known of a person."""
    if json:
        rows = {"beliefs": [b._asdict() for b in found.beliefs], "given": [g._asdict() for g in found.given]}
        print_json({"user": user} | found._asdict() | rows)
        return
    words = _WORDS[lang]
    typer.echo(words["counts"].format(plays=found.plays, fed=found.fed, bans=found.bans))
    genres = "; ".join(f"{emotion}: {', '.join(some)}" for emotion, some in found.genres.items())
    typer.echo(words["genres"].format(chosen=genres or words["none"]))
    if found.goals:
        goals = "; ".join(f"{emotion}: {goal_text(goal, lang)}" for emotion, goal in found.goals.items())
        typer.echo(words["goals"].format(chosen=goals))
    show_beliefs(found.beliefs, found.rewards, lang)
    if found.given:
        print_table(
            words["given"],
            [
                {
                    words["song"]: " – ".join(word for word in (song.artist, song.title) if word),
                    words["why"]: song.reason,
                    words["probability"]: "" if song.probability is None else f"{song.probability:.2g}",
                    words["reward"]: "" if song.reward is None else f"{song.reward:.2f}",
                }
                for song in found.given
            ],
        )
