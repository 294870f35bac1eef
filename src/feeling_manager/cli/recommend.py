"""`feeling recommend`: measure, teach and question the recommender."""

import gzip
import os
import zlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from feeling_manager.cli.db import DatabaseOption, open_database
from feeling_manager.errors import OutputError, SourceError

if TYPE_CHECKING:
    from feeling_manager.music.recommender.log import LogRecord

app = typer.Typer(help="Measure, teach and question what chooses the songs.", no_args_is_help=True)

# before numpy comes: two threads on matrices this small wait for each other, three times as long on a busy machine
for _library in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_library, "1")

Json = Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")]
Log = Annotated[
    Path | None,
    typer.Argument(help="Choices and rewards, a JSON object a line; gzip too. Without it: the service's own log."),
]
Lang = Annotated[str, typer.Option(help="en or ko.")]
Newest = Annotated[int, typer.Option(min=1, help="Choices to look at, the newest ones.")]


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
    log: Log = None,
    state: Annotated[Path | None, typer.Option(help="With LOG: file to write what was learned to.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the factors' chains.")] = 0,
    database_url: DatabaseOption = None,
) -> None:
    """Rebuild everything that is learned: from the service's own log, while it runs, or from a file."""
    if log is None:
        from feeling_manager.service.settings import load
        from feeling_manager.service.songs.training import train as rebuild

        with open_database(database_url) as database:
            trained = rebuild(database, load().reward, seed)
        rewards, people, songs = trained
    else:
        from feeling_manager.music.recommender.comparison import lessons
        from feeling_manager.music.recommender.log import from_lines
        from feeling_manager.music.recommender.model import MemoryStore
        from feeling_manager.music.recommender.training import train as learn

        if state is None:
            raise typer.BadParameter("Name the file for what is learned with --state.")
        taught = lessons(list(from_lines(_lines(log))))
        learned = learn(taught, seed)
        store = MemoryStore()
        learned.save(store)
        _write(state, store.to_bytes())
        people = sum(key.scope == "person" for key in learned.statistics)
        rewards, songs = len(taught), len(learned.factors)
    typer.echo(f"Learned from {rewards} rewards of {people} people; {songs} songs have factors.")


def _records(log: Path | None, newest: int, database_url: str | None) -> list["LogRecord"]:
    """The newest choices, of a file or of the service."""
    if log is not None:
        from feeling_manager.music.recommender.log import from_lines

        return list(from_lines(_lines(log)))[-newest:]
    from feeling_manager.service.settings import load
    from feeling_manager.service.songs import log as service_log

    with open_database(database_url) as database, database.begin(write=False) as db:
        return service_log.records(db, load().reward, newest)


@app.command()
def evaluate(
    log: Log = None,
    state: Annotated[Path | None, typer.Option(help="What `train` wrote, from another log than this one.")] = None,
    newest: Newest = 5000,
    seed: Annotated[int, typer.Option(min=0, help="Of draws and intervals.")] = 0,
    database_url: DatabaseOption = None,
    json: Json = False,
) -> None:
    """Estimate from a log what each policy would have earned: replay, IPS, SNIPS, doubly robust.

    Without --state the learning policy learns from the older half of the log, and all are judged on the newer.
    """
    from feeling_manager.cli.output import print_json, print_table
    from feeling_manager.music.recommender.comparison import compare
    from feeling_manager.music.recommender.model import MemoryStore
    from feeling_manager.music.recommender.offline import Estimate

    records = _records(log, newest, database_url)
    found = compare(records, MemoryStore.from_bytes(_read(state)) if state else None, seed)
    if json:
        rows = [
            {k: v._asdict() if isinstance(v, Estimate) else v for k, v in result._asdict().items()}
            for result in found.policies
        ]
        numbers = {"learned": found.learned, "judged": found.judged}
        print_json({"logged": found.logged._asdict(), "policies": rows} | numbers)
        return

    def text(value: Estimate | None) -> str:
        return "–" if value is None else f"{value.value:.3f} [{value.low:.3f}, {value.high:.3f}]"

    print_table(
        f"Mean reward on {found.judged} choices, 95 % intervals over people; the log itself: {text(found.logged)}",
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
            for r in found.policies
        ],
    )


@app.command()
def report(
    log: Log = None,
    out: Annotated[Path, typer.Option(help="The page, one self-contained HTML file.")] = Path("recommender.html"),
    lang: Lang = "en",
    newest: Newest = 5000,
    database_url: DatabaseOption = None,
) -> None:
    """Write a page on how songs are chosen and how the policies compare. The service shows it at /operators/songs."""
    from feeling_manager.music.recommender.comparison import compare, overview
    from feeling_manager.music.recommender.errors import RecommenderError
    from feeling_manager.music.recommender.report import page

    _known(lang)
    records = _records(log, newest, database_url)
    try:
        html = page(overview(records), compare(records), lang)
    except RecommenderError as error:
        html = page(overview(records), str(error), lang)
    _write(out, html.encode())
    typer.echo(f"{len(records)} choices in {out}")


@app.command()
def explain(
    user: Annotated[str, typer.Argument(help="Id of the person, as they sign in; with --state as the log has it.")],
    state: Annotated[Path | None, typer.Option(help="What `train` wrote, instead of the service's database.")] = None,
    most: Annotated[int, typer.Option(min=1, help="Rows to show.")] = 8,
    lang: Lang = "en",
    database_url: DatabaseOption = None,
    json: Json = False,
) -> None:
    """Say what is known of one person, and why they get what they get."""
    _known(lang)
    if state is not None:
        _explain_state(user, state, most, lang, json=json)
        return
    from feeling_manager.cli.explanation import show
    from feeling_manager.service.settings import load
    from feeling_manager.service.songs.operators import explain as ask

    with open_database(database_url) as database, database.begin() as db:
        found = ask(db, load().reward, user, lang, most)
    show(user, found, lang, json=json)


def _explain_state(user: str, state: Path, most: int, lang: str, *, json: bool) -> None:
    from feeling_manager.cli.explanation import show_beliefs
    from feeling_manager.cli.output import print_json
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
    show_beliefs(found, own.count, lang)


def _known(lang: str) -> None:
    if lang not in ("en", "ko"):
        raise typer.BadParameter("Give en or ko.", param_hint="--lang")


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
