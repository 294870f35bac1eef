"""What newcomers follow: the tutorials, the examples, the notebooks and the site are true."""

import http.client
import importlib.util
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from feeling_manager.cli.demo import write_clip

ROOT = Path(__file__).resolve().parent.parent
SNIPPET = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TRAINING = ("own-model", "train_on_own_faces")
"""Those that need PyTorch."""


def environment(data: Path) -> dict[str, str]:
    """Commands are found where this Python's are, nothing draws on a display or touches the person's own data."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return os.environ | {
        "PATH": path,
        "MPLBACKEND": "agg",
        "NO_MKDOCS_2_WARNING": "1",
        "FEELING_DATA_DIR": str(data / "data"),
    }


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    write_clip(path, 2)
    return path


def need_torch(name: str) -> None:
    if name in TRAINING:
        pytest.importorskip("torch", reason="PyTorch is not installed")


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "tutorials").glob("*.md")), ids=lambda page: page.stem)
def test_a_tutorial_runs_from_its_first_to_its_last_line(page: Path, tmp_path: Path) -> None:
    need_torch(page.stem)
    for language, text in SNIPPET.findall(page.read_text("utf-8")):
        # a `console` is what the setup of this very environment, or a service that stays, was started with
        assert language in ("sh", "python", "console")
        if language == "sh":
            run(["sh", "-ec", text], tmp_path)
        elif language == "python":
            run([sys.executable, "-c", text], tmp_path)


@pytest.mark.parametrize("notebook", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_runs(notebook: Path, tmp_path: Path) -> None:
    need_torch(notebook.stem)
    nbformat = pytest.importorskip("nbformat")
    client = pytest.importorskip("nbclient")
    content = nbformat.read(notebook, 4)
    assert all(not cell.get("outputs") for cell in content.cells), "commit notebooks without outputs"
    client.NotebookClient(content, timeout=240, resources={"metadata": {"path": str(tmp_path)}}).execute()


def test_the_examples_run(film: Path, tmp_path: Path) -> None:
    examples = ROOT / "examples"
    said = run([sys.executable, str(examples / "recognize_picture.py")], tmp_path)
    assert re.search(r"face 1 at \d+,\d+ of \d+x\d+ pixels: happiness", said)
    said = run([sys.executable, str(examples / "film_to_chart.py"), str(film), "chart.png"], tmp_path)
    assert re.match(r"[1-9]\d* readings: chart.png", said)
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")
    said = run([sys.executable, str(examples / "smile_counter.py"), str(film)], tmp_path)
    assert len(re.findall(r"person \d smiled for \d\.\d s", said)) >= 2
    calm, lively = (
        run([sys.executable, str(examples / "song_for_a_feeling.py"), *mood], tmp_path)
        for mood in (("0.3", "-0.6"), ("0.8", "0.8"))
    )
    assert len(calm.splitlines()) == len(lively.splitlines()) == 10
    assert not set(calm.splitlines()) & set(lively.splitlines())


def test_the_receiver_prints_events() -> None:
    command = [sys.executable, str(ROOT / "examples" / "webhook_receiver.py"), "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        stop = threading.Timer(60, process.kill)
        stop.start()
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline().rsplit(":", 1)[1].strip("/\n"))
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("POST", "/", b'{"event": "happiness"}')
            assert connection.getresponse().status == 204
            assert process.stdout.readline() == '{"event": "happiness"}\n'
        finally:
            stop.cancel()
            process.kill()


def test_every_example_is_listed() -> None:
    listed = re.findall(r"\]\((\w+\.\w+)\)", (ROOT / "examples" / "README.md").read_text("utf-8"))
    assert sorted(listed) == sorted(path.name for path in (ROOT / "examples").iterdir() if path.name != "README.md")


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    if importlib.util.find_spec("mkdocs") is None:
        pytest.skip("mkdocs is not installed")
    site = tmp_path / "site"
    run([sys.executable, "-m", "mkdocs", "build", "-q", "-f", str(ROOT / "mkdocs.yml"), "-d", str(site)], tmp_path)
    assert (site / "tutorials" / "first-film.html").is_file()
    pages = [path.read_text("utf-8") for path in site.rglob("*.html")]
    # whoever reads it offline, or at home, asks nobody else for anything
    assert not any(re.search(r'(src|href)="https?://[^"]+\.(js|css|woff2?)"', page) for page in pages)


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"\]\(([\w-]+\.md)\)", (folder / "README.md").read_text("utf-8"))
    assert sorted(listed) == sorted(path.name for path in folder.glob("*.md") if path.name != "README.md")
