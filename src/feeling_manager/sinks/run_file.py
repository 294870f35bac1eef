"""`run.json`: what made the results in a folder, so that a second run never harms the first.

    format      1; grows when a field changes its meaning
    program     name and version
    inputs      each with its name, and of a file its size in bytes and when it was last changed (ns since 1970)
    options     as given, those that change the results
    models      the model files' sha256
    state       "running", "interrupted" (what was read until then is whole) or "whole"
    outputs     names of what the run writes into the folder; once it is whole, of what it wrote
    begun, ended    RFC 3339; ended is null while it runs

The same inputs, options and models are the same run, which may go on in its folder; another is refused. While a run
lasts it holds a lock on `run.lock`, which the system gives back when its process dies, however it dies.
"""

import json
import os
import sys
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from feeling_manager.errors import BusyError, OccupiedError, UsageError
from feeling_manager.paths import legible
from feeling_manager.sinks.files import make_folder, output_errors, part_of, write_whole
from feeling_manager.sinks.summary import versions

FORMAT = 1
NAME, LOCK = "run.json", "run.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """What makes a run the same as another.

    Args:
        inputs: As `input_of` describes each.
        options: That change the results, by name.
        models: sha256 of the model files, by name.
        repeatable: False for what can't be read again, such as a camera: no other run is the same.
    """

    inputs: Sequence[Mapping[str, Any]]
    options: Mapping[str, Any] = field(default_factory=dict)
    models: Mapping[str, Any] = field(default_factory=dict)
    repeatable: bool = True

    def to_json(self) -> dict[str, Any]:
        """As it stands in the file."""
        document = {"inputs": list(self.inputs), "options": dict(self.options), "models": dict(self.models)}
        return dict(json.loads(json.dumps(document, default=str)))


def input_of(source: str | Path) -> dict[str, Any]:
    """How an input is described: a file by its place, size and age, anything else by its name."""
    try:
        path = Path(source).resolve()
        status = path.stat()
    except (OSError, ValueError):
        return {"name": legible(str(source))}
    if path.is_dir():
        return {"name": legible(str(path))}
    return {"name": legible(str(path)), "size": status.st_size, "modified": status.st_mtime_ns}


class RunFolder:
    """A folder while one run writes into it; a context manager.

    On entering it is made, locked, and what a run of the same inputs left unfinished may be replaced. `whole` is True
    where the same run has ended there before. `keep` says what the run came to.
    """

    def __init__(
        self,
        folder: Path,
        record: RunRecord,
        outputs: Collection[str],
        *,
        overwrite: bool = False,
        sources: Sequence[str | Path] = (),
    ) -> None:
        """Args:
        folder: Made where it is missing.
        record: Of the run.
        outputs: Names of the files that it may write there.
        overwrite: Another run's results are removed first.
        sources: Files that must not be written to, whatever is asked for.
        """
        self.folder, self.whole = folder, False
        self._record, self._outputs, self._overwrite = record, sorted(outputs), overwrite
        self._sources = sources
        self._state = "interrupted"
        self._result: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self._spare_sources()
        make_folder(self.folder)
        self._lock = _locked(self.folder)
        try:
            self._take()
        except BaseException:
            self._unlock()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            # what failed has said so; the file must not add to it
            with suppress(Exception):
                if error is not None and not any(_is_there(self.folder / name) for name in self._outputs):
                    (self.folder / NAME).unlink(missing_ok=True)
                else:
                    self._write("running" if error is not None else self._state, ended=True)
        finally:
            self._unlock()

    def keep(self, *, interrupted: bool, **result: Any) -> None:
        """Notes what the run came to, to be written on leaving."""
        self._state = "interrupted" if interrupted else "whole"
        self._result = {**result, "interrupted": interrupted}

    def _spare_sources(self) -> None:
        written = {(self.folder / name).resolve() for name in (*self._outputs, NAME, LOCK)}
        written |= {part_of(path) for path in written}
        for source in self._sources:
            with suppress(OSError, ValueError):
                if Path(source).resolve() in written:
                    raise UsageError(f"{source} would be written over by the results: choose another --out.")

    def _take(self) -> None:
        """Sees that nobody else's results are lost. Raises OccupiedError."""
        before = read(self.folder)
        there = [name for name in self._outputs if _is_there(self.folder / name)]
        if before is None and (self.folder / NAME).exists():
            # damaged, or of another program
            there.append(NAME)
        if before is not None and self._record.repeatable and _same(before, self._record):
            # somebody may have removed some of it
            self.whole = before.get("state") == "whole" and all(
                (self.folder / name).exists() for name in before["outputs"]
            )
        elif (before is not None or there) and not self._overwrite:
            whose = f"the results of another run ({_names(before)})" if before else f"another run's {there[0]}"
            raise OccupiedError(f"{self.folder} holds {whose}: choose another --out, or replace them with --overwrite.")
        else:
            self._clear(before["outputs"] if before else ())
        self._begun = _now()
        if not self.whole:
            self._write("running", ended=False)

    def _clear(self, outputs: Sequence[str]) -> None:
        spared = {Path(source).resolve() for source in self._sources}
        for name in {*outputs, *self._outputs}:
            path = self.folder / Path(name).name
            for each in (path, part_of(path)):
                if each.resolve() not in spared:
                    with output_errors(each):
                        each.unlink(missing_ok=True)

    def _write(self, state: str, *, ended: bool) -> None:
        document = {
            "format": FORMAT,
            "program": f"feeling-manager {versions().get('feeling-manager', '')}".strip(),
            **self._record.to_json(),
            "state": state,
            "outputs": self._outputs
            if state != "whole"
            else [name for name in self._outputs if (self.folder / name).exists()],
            "begun": self._begun,
            "ended": _now() if ended else None,
            **({"result": self._result} if self._result else {}),
        }
        write_whole(self.folder / NAME, (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode())

    def _unlock(self) -> None:
        # while it is still held, so that nobody takes it in between and loses it
        with suppress(OSError):
            (self.folder / LOCK).unlink(missing_ok=True)
        self._lock.close()


def read(folder: Path) -> dict[str, Any] | None:
    """The run file of a folder; None where there is none that can be read."""
    try:
        document = json.loads((folder / NAME).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return document if _is_ours(document) else None


def _is_ours(document: Any) -> bool:
    """Whether it is a run file as far as it is read here; other programs call files `run.json` too."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        return False
    inputs, outputs = document.get("inputs"), document.get("outputs")
    return (
        isinstance(inputs, list)
        and all(isinstance(each, dict) for each in inputs)
        and isinstance(outputs, list)
        and all(isinstance(name, str) for name in outputs)
    )


def result_of(folder: Path) -> dict[str, Any]:
    """What the run of a folder came to, as it was kept."""
    return dict((read(folder) or {}).get("result", {}))


def _same(document: Mapping[str, Any], record: RunRecord) -> bool:
    return all(document.get(name) == value for name, value in record.to_json().items())


def _names(document: Mapping[str, Any] | None) -> str:
    inputs = [Path(str(each.get("name", "?"))).name for each in (document or {}).get("inputs", [])]
    return ", ".join(inputs[:2]) + (f" and {len(inputs) - 2} more" if len(inputs) > 2 else "")


def _is_there(path: Path) -> bool:
    return path.exists() or part_of(path).exists()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _locked(folder: Path) -> IO[str]:
    """An open file that holds the folder's lock. Raises BusyError when another process does."""
    path = folder / LOCK
    while True:
        with output_errors(path):
            file = path.open("a+", encoding="utf-8")
        if not _try_lock(file):
            file.seek(0)
            holder = file.read().strip()
            file.close()
            process = f" (process {holder})" if holder.isdigit() else ""
            raise BusyError(f"{folder} is being written by another run{process}: wait for it, or choose another --out.")
        try:
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                break
        except FileNotFoundError:
            pass
        # whoever held it removed it when we had just opened it
        file.close()
    file.seek(0)
    file.truncate()
    file.write(str(os.getpid()))
    file.flush()
    return file


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[str]) -> bool:
        # far behind the text, which others are to read
        file.seek(1 << 20)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(file: IO[str]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
