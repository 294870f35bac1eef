"""`feeling doctor`: what is there, what is missing, and how to get it."""

import importlib.util
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from feeling_manager import __version__, paths
from feeling_manager.errors import FeelingError

LEAST_DISK = 1 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. ok: False for what is missing; essential: whether recognition needs it. remedy: how to get it."""

    what: str
    found: str
    ok: bool = True
    essential: bool = False
    remedy: str = ""


def doctor(json: Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")] = False) -> None:
    """Versions, models, providers, cameras, display, fonts and folders; the exit status is 1 when something that
    recognition needs is missing."""
    from feeling_manager.cli.output import print_json

    findings = [finding for check in CHECKS for finding in _run(check)]
    if json:
        print_json([asdict(finding) for finding in findings])
    else:
        _print(findings)
    raise typer.Exit(int(any(not finding.ok and finding.essential for finding in findings)))


def _run(check: Callable[[], list[Finding]]) -> list[Finding]:
    """The findings of a check; that something can't even be imported is one of them."""
    try:
        return check()
    except ImportError as error:
        return [
            Finding(
                check.__name__.removeprefix("_"),
                f"can't be found out: {error}",
                ok=False,
                essential=True,
                remedy="Install the system's packages for OpenCV: apt-get install libgl1 libglib2.0-0"
                if "lib" in str(error)
                else "Install the package again: pip install --force-reinstall feeling-manager",
            )
        ]


def _print(findings: list[Finding]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(show_header=False, box=None)
    for finding in findings:
        mark = "[green]ok[/]" if finding.ok else ("[red]missing[/]" if finding.essential else "[yellow]optional[/]")
        table.add_row(mark, finding.what, escape(finding.found + (f"\n{finding.remedy}" if finding.remedy else "")))
    Console().print(table)


def _versions() -> list[Finding]:
    import av
    import cv2
    import onnxruntime

    return [
        Finding("Feeling Manager", f"{__version__}, Python {platform.python_version()} on {platform.platform()}"),
        Finding("ONNX Runtime", onnxruntime.__version__),
        Finding("OpenCV", cv2.__version__),
        Finding(
            "PyAV", f"{av.__version__}, FFmpeg's libavcodec {'.'.join(map(str, av.library_versions['libavcodec']))}"
        ),
    ]


def _models() -> list[Finding]:
    from feeling_manager.inference.models import load_detector, load_emotion

    findings = []
    for name, load in (("face detector", load_detector), ("emotion model", load_emotion)):
        try:
            model = load()
        except FeelingError as error:
            findings.append(Finding(name, "can't be used", ok=False, essential=True, remedy=str(error)))
        else:
            findings.append(Finding(name, f"{model.sha256[:12]}, {len(model.content) / 1e6:.1f} MB, verified"))
    return findings


def _providers() -> list[Finding]:
    from feeling_manager.inference.session import available

    return [Finding("execution providers", ", ".join(available()))]


def _encoder() -> list[Finding]:
    import av

    try:
        av.Codec("libx264", "w")
    except av.FFmpegError:
        remedy = "Install PyAV from its wheel: pip install --force-reinstall --only-binary :all: av"
        return [Finding("H.264 encoder", "not in this FFmpeg", ok=False, remedy=remedy)]
    return [Finding("H.264 encoder", "libx264")]


def _cameras() -> list[Finding]:
    from feeling_manager.sources.capture import list_cameras

    if found := list_cameras():
        return [Finding("cameras", ", ".join(map(str, found)))]
    remedy = "Plug one in, let this program use it, or read files, streams or the screen instead."
    return [Finding("cameras", "none", ok=False, remedy=remedy)]


def _display() -> list[Finding]:
    from feeling_manager.sinks.window import has_display

    if has_display():
        return [Finding("display", os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform)]
    return [Finding("display", "none", ok=False, remedy="`feeling live` needs --headless here.")]


def _fonts() -> list[Finding]:
    from feeling_manager.sinks.fonts import find

    try:
        return [Finding("font for Korean", str(find("ko")))]
    except FeelingError as error:
        return [Finding("font for Korean", "none", ok=False, remedy=str(error))]


def _extras() -> list[Finding]:
    findings = []
    for what, module, extra in (
        ("tables for pandas", "pandas", "pandas"),
        ("the service", "fastapi", "serve"),
        ("training", "torch", "train"),
    ):
        there = importlib.util.find_spec(module) is not None
        remedy = "" if there else f'pip install "feeling-manager[{extra}]"'
        findings.append(Finding(what, "installed" if there else "not installed", ok=there, remedy=remedy))
    return findings


def _folders() -> list[Finding]:
    findings = []
    for what, folder in (("cache", paths.cache_dir()), ("data", paths.data_dir())):
        there = _nearest(folder)
        writable = _writable(there)
        variable = f"FEELING_{what.upper()}_DIR"
        remedy = "" if writable else f"It can't be written: set {variable} to a folder that can."
        findings.append(Finding(f"{what} folder", str(folder), ok=writable, remedy=remedy))
        free = shutil.disk_usage(there).free
        if free < LEAST_DISK:
            findings.append(
                Finding(f"{what} disk", f"{free >> 20} MiB free", ok=False, remedy="Free some space: videos need it.")
            )
    return findings


def _writable(folder: Path) -> bool:
    """Tried, not asked: the answer of `os.access` says nothing of disks that are mounted to be read, nor of root."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    return next(path for path in (folder, *folder.parents) if path.exists())


CHECKS: tuple[Callable[[], list[Finding]], ...] = (
    _versions,
    _models,
    _providers,
    _encoder,
    _cameras,
    _display,
    _fonts,
    _extras,
    _folders,
)
