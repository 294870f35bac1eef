"""`feeling recommend`: measure, teach and question the recommender."""

import gzip
import zlib
from pathlib import Path
from typing import Annotated

import typer

from feeling_manager.errors import SourceError

app = typer.Typer(help="Measure, teach and question what chooses the songs.", no_args_is_help=True)


def _lines(path: Path) -> list[str]:
    """The lines of a text file, gzip or not."""
    try:
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        return data.decode("utf-8-sig").splitlines()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise SourceError(f"{path} can't be read as text ({error}). Give a UTF-8 file, plain or gzip.") from error


def _users(path: Path) -> list[str]:
    return [word for line in _lines(path) if (word := line.strip())]


@app.command()
def benchmark(
    ratings: Annotated[Path, typer.Argument(help="Table of user, track, rating (1 to 4), tab-separated; gzip too.")],
    learn: Annotated[Path, typer.Option(help="Users to learn from, an id a line.")],
    test: Annotated[Path, typer.Option(help="Users to recommend to, an id a line.")],
    seed: Annotated[int, typer.Option(help="Of the factors' chains.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")] = False,
) -> None:
    """Recommend 30 rated tracks to each unseen user and count those they liked."""
    from feeling_manager.cli.output import print_json, print_table
    from feeling_manager.music.recommender.benchmark import BenchmarkSettings, read_ratings, run

    result = run(read_ratings(_lines(ratings)), _users(learn), _users(test), BenchmarkSettings(seed=seed))
    shares = {name: getattr(result, name) for name in ("liked_share", "random", "popular", "oracle")}
    if json:
        print_json({**shares, "users": result.users})
        return
    print_table(
        f"Liked among 30, mean of {result.users} users",
        [{name.replace("_", " "): f"{share:.1%}" for name, share in shares.items()}],
    )
