"""Ten songs of the starter catalogue that fit a mood: `python examples/song_for_a_feeling.py VALENCE AROUSAL`.

Both from -1 to 1: how pleasant and how lively, for instance 0.3 -0.6 for calm.
"""

import sys

from feeling_manager.music.mood import estimate
from feeling_manager.music.recommender.goals import closeness
from feeling_manager.music.starter import starter_songs


def main() -> None:
    wanted = float(sys.argv[1]), float(sys.argv[2])
    moods = [(song, estimate(song)) for song in starter_songs()]
    moods.sort(key=lambda pair: -closeness(pair[1].valence, pair[1].arousal, wanted))
    for song, mood in moods[:10]:
        print(f"{mood.valence:+.1f} {mood.arousal:+.1f}  {song.artist} – {song.title}")


if __name__ == "__main__":
    main()
