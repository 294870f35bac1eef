"""`feeling recommend`: measure, teach and question the recommender."""

import gzip
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from feeling_manager.errors import OutputError, SourceError

app = typer.Typer(help="Measure, teach and question what chooses the songs.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")]
Log = Annotated[Path, typer.Argument(help="Choices and their rewards, a JSON object a line; gzip too.")]


def _lines(path: Path) -> list[str]:
    """The lines of a text file, gzip or not."""
    return _read(path).decode("utf-8-sig", "replace").splitlines()


def _read(path: Path) -> bytes:
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(f"{path} can't be read ({error}). Give a file that is there, plain or gzip.") from error


def _write(path: Path, data: bytes) -> None:
    try:
        part = path.with_name(path.name + ".part")
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        raise OutputError(f"{path} can't be written ({error}). Give another place.") from error


def _users(path: Path) -> list[str]:
    return [word for line in _lines(path) if (word := line.strip())]


@app.command()
def benchmark(
    ratings: Annotated[Path, typer.Argument(help="Table of user, track, rating (1 to 4), tab-separated; gzip too.")],
    learn: Annotated[Path, typer.Option(help="Users to learn from, an id a line.")],
    test: Annotated[Path, typer.Option(help="Users to recommend to, an id a line.")],
    seed: Annotated[int, typer.Option(min=0, help="Of the factors' chains.")] = 0,
    json: Json = False,
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


@app.command()
def train(
    log: Log,
    state: Annotated[Path, typer.Option(help="File to write what was learned to.")],
    seed: Annotated[int, typer.Option(min=0, help="Of the factors' chains.")] = 0,
) -> None:
    """Rebuild everything that is learned from a log."""
    from feeling_manager.music.recommender.log import from_lines
    from feeling_manager.music.recommender.model import MemoryStore
    from feeling_manager.music.recommender.training import Lesson
    from feeling_manager.music.recommender.training import train as learn

    lessons = [
        Lesson(r.context.person, r.context.group, r.song, r.features, r.reward)
        for r in from_lines(_lines(log))
        if r.reward is not None and len(r.features)
    ]
    learned = learn(lessons, seed)
    store = MemoryStore()
    learned.save(store)
    _write(state, store.to_bytes())
    people = sum(key.scope == "person" for key in learned.statistics)
    typer.echo(f"Learned from {len(lessons)} rewards of {people} people; {len(learned.factors)} songs have factors.")


@app.command()
def evaluate(
    log: Log,
    state: Annotated[Path | None, typer.Option(help="What `train` wrote, from another log than this one.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of draws and intervals.")] = 0,
    json: Json = False,
) -> None:
    """Estimate from a log what each policy would have earned: replay, IPS, SNIPS, doubly robust."""
    from feeling_manager.cli.output import print_json, print_table
    from feeling_manager.music.recommender.bandit import BanditPolicy
    from feeling_manager.music.recommender.log import from_lines
    from feeling_manager.music.recommender.model import MemoryStore
    from feeling_manager.music.recommender.offline import Estimate, logged_value
    from feeling_manager.music.recommender.offline import evaluate as estimate
    from feeling_manager.music.recommender.simple import genre_policy, popular_policy, random_policy

    records = list(from_lines(_lines(log)))
    store = MemoryStore.from_bytes(_read(state)) if state else MemoryStore()
    results = [
        estimate(records, policy, seed)
        for policy in (random_policy(), genre_policy(), popular_policy(), BanditPolicy(store))
    ]
    logged = logged_value(records, seed)
    if json:
        rows = [
            {k: v._asdict() if isinstance(v, Estimate) else v for k, v in result._asdict().items()}
            for result in results
        ]
        print_json({"logged": logged._asdict(), "policies": rows})
        return

    def text(value: Estimate | None) -> str:
        return "–" if value is None else f"{value.value:.3f} [{value.low:.3f}, {value.high:.3f}]"

    print_table(
        f"Mean reward, 95 % intervals over people; the log itself: {text(logged)}",
        [
            {
                "policy": r.policy,
                "replay": text(r.replay),
                "IPS": text(r.ips),
                "SNIPS": text(r.snips),
                "doubly robust": text(r.doubly_robust),
                "matches": r.matches,
                "effective n": round(r.effective),
            }
            for r in results
        ],
    )


@app.command()
def explain(
    user: Annotated[str, typer.Argument(help="Id of the person.")],
    state: Annotated[Path, typer.Option(help="What `train` wrote.")],
    most: Annotated[int, typer.Option(min=1, help="Rows to show.")] = 15,
    json: Json = False,
) -> None:
    """Show what is believed of one person, and what of people like them."""
    from feeling_manager.cli.output import print_json, print_table
    from feeling_manager.music.recommender.bandit import BanditPolicy
    from feeling_manager.music.recommender.errors import RecommenderError
    from feeling_manager.music.recommender.explain import beliefs
    from feeling_manager.music.recommender.model import MemoryStore

    store = MemoryStore.from_bytes(_read(state))
    own = store.person(user)
    if own is None:
        raise RecommenderError(f"Nothing was learned of {user}. Check the id, or train on a log that has this person.")
    found = beliefs(BanditPolicy(store), user, own.group)[:most]
    if json:
        print_json({"user": user, "group": own.group, "rewards": own.count, "beliefs": [b._asdict() for b in found]})
        return
    print_table(
        f"{user}, of group {own.group}, after {own.count} rewards",
        [
            {"feature": b.feature, "weight": f"{b.weight:+.3f} ± {b.deviation:.3f}", "others": f"{b.others:+.3f}"}
            for b in found
        ],
    )


@app.command()
def simulate(
    listeners: Annotated[int, typer.Option(min=1, help="People.")] = 30,
    plays: Annotated[int, typer.Option(min=1, help="Songs for each of them.")] = 60,
    seed: Annotated[int, typer.Option(min=0, help="Of the whole world.")] = 0,
    out: Annotated[Path | None, typer.Option(help="PNG for the regret curves.")] = None,
    log: Annotated[
        Path | None, typer.Option(help="File for the log of the random policy, as `evaluate` reads it.")
    ] = None,
    json: Json = False,
) -> None:
    """Compare policies on made-up listeners with moods."""
    from feeling_manager.cli.output import print_json, print_table
    from feeling_manager.music.recommender.curves import figure
    from feeling_manager.music.recommender.log import to_line
    from feeling_manager.music.recommender.simulator import WorldSettings, compare, standard

    runs = compare(standard(), replace(WorldSettings(), listeners=listeners, plays=plays, seed=seed))
    if log:
        _write(log, "".join(to_line(record) + "\n" for record in runs[0].log).encode())
    if out:
        _write(out, figure(runs))
    rows = [
        {
            "policy": run.policy,
            "regret a play": round(float(run.regret.mean()), 4),
            "in the last quarter": round(float(run.regret[-max(plays // 4, 1) :].mean()), 4),
        }
        for run in runs
    ]
    if json:
        print_json(rows)
    else:
        print_table(f"{listeners} made-up listeners, {plays} plays each, seed {seed}", rows)
