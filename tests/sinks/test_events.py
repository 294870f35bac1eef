import json
import socketserver
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeling_manager.errors import UsageError
from feeling_manager.sinks import events
from feeling_manager.sinks.events import QUANTITIES, Event, EventSink, Messenger, Program, Rule, Webhook, parse_rule
from feeling_manager.tracking import Tracker, TrackingSettings
from feeling_manager.types import Frame, Reading, Unclear
from tests.faces import make_face

BLANK = np.zeros((4, 4, 3), np.uint8)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("anger>0.6 for 3s", ("anger", ">", 0.6, 3)),
        ("  Valence < -0.3 for 10 s ", ("valence", "<", -0.3, 10)),
        ("happiness>=.5", ("happiness", ">=", 0.5, 0)),
        ("faces>1 for 2", ("faces", ">", 1, 2)),
        ("unclear for 500ms", ("unclear", None, 0, 0.5)),
        ("arousal<=0 for 1.5min", ("arousal", "<=", 0, 90)),
    ],
)
def test_rules(text: str, rule: tuple[str, str | None, float, float]) -> None:
    parsed = parse_rule(text)
    assert (parsed.quantity, parsed.comparison, parsed.number, parsed.seconds) == rule


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "must begin with"),
        ("boredom>0.5", "choose one of neutral"),
        ("anger", "needs a comparison"),
        ("unclear>0.5", "takes no comparison"),
        ("anger>0.6 for 3h", "use s, ms or min"),
        ("anger>0.6 fro 3s", "from ' fro 3s' on"),
        ("anger>>0.6", "from '>>0.6' on"),
        ("anger>0.6 and fear>0.2", "from ' and fear>0.2' on"),
    ],
)
def test_what_are_no_rules(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        parse_rule(text)


@given(st.text(max_size=30))
def test_any_text_is_a_rule_or_a_usage_error(text: str) -> None:
    with suppress(UsageError):
        assert parse_rule(text).quantity in QUANTITIES


def watched(rule: str, script: list[tuple[float, list[Any]]], cooldown: float = 30.0) -> list[Event]:
    """The events of a rule over (time, faces of that frame)."""
    taken: list[Event] = []
    tracker = Tracker(TrackingSettings(smoothing=0))
    with EventSink([parse_rule(rule)], [taken.append], cooldown) as sink:
        for moment, faces in script:
            readings: list[Reading] = tracker.update(faces, moment)
            sink.write(Frame(BLANK, moment), readings)
    assert sink.sent == sink.fired == len(taken)
    return taken


def shows(emotion: str, start: float, end: float, step: float = 0.1) -> list[tuple[float, list[Any]]]:
    return [(round(t, 3), [make_face(emotion=emotion)]) for t in np.arange(start, end, step)]


def test_an_event_comes_when_it_has_held_long_enough() -> None:
    taken = watched("anger>0.6 for 3s", [*shows("neutral", 0, 2), *shows("anger", 2, 8)])
    assert [event["time"] for event in taken] == [5.0]
    assert taken[0]["rule"] == "anger>0.6 for 3s"
    assert taken[0]["value"] == pytest.approx(0.9)
    assert taken[0]["track_id"] == 1
    assert set(taken[0]) == {"rule", "quantity", "value", "track_id", "time", "at"}


def test_a_moment_without_it_starts_anew() -> None:
    script = [*shows("anger", 0, 2.5), *shows("neutral", 2.5, 2.6), *shows("anger", 2.6, 5)]
    assert watched("anger>0.6 for 3s", script) == []


def test_a_face_missed_for_a_moment_does_not_and_for_longer_does() -> None:
    def without(start: float, end: float) -> list[tuple[float, list[Any]]]:
        return [(time, []) for time, _ in shows("anger", start, end)]

    blink = [*shows("anger", 0, 2), *without(2, 2.4), *shows("anger", 2.4, 4)]
    gone = [*shows("anger", 0, 2), *without(2, 2.8), *shows("anger", 2.8, 4)]
    assert len(watched("anger>0.6 for 3s", blink)) == 1
    assert watched("anger>0.6 for 3s", gone) == []


def test_cooldown_is_for_each_person() -> None:
    two = [
        (t, [make_face((0, 0, 40, 40), "anger"), make_face((200, 0, 40, 40), "anger")]) for t in np.arange(0, 25, 0.5)
    ]
    taken = watched("anger>0.6 for 1s", two, cooldown=10)
    assert [(event["time"], event["track_id"]) for event in taken] == [
        (1.0, 1), (1.0, 2), (11.0, 1), (11.0, 2), (21.0, 1), (21.0, 2)
    ]  # fmt: skip


def test_faces_valence_and_unclear() -> None:
    crowd = [(0.0, [make_face()]), (0.1, [make_face(), make_face((200, 0, 40, 40))])]
    assert len(watched("faces>1", crowd)) == 1
    assert len(watched("valence>0.5", shows("happiness", 0, 0.3))) == 1
    assert watched("arousal<-0.5", shows("happiness", 0, 0.3)) == []
    turned = [(t, [make_face(unclear=Unclear.TURNED)]) for t in (0.0, 0.2, 0.4)]
    assert len(watched("unclear for 0.3s", turned)) == 1


def test_frames_may_be_seconds_apart_but_not_anything() -> None:
    """Pictures, or every n-th frame: a person seen on each of them was there all the time; after a break, who knows."""
    assert [event["time"] for event in watched("anger>0.6 for 3s", shows("anger", 0, 8, 0.9))] == [3.6]
    apart = [*shows("anger", 0, 2), *shows("anger", 60, 62)]
    assert watched("faces>0 for 3s", apart) == []
    assert len(watched("faces>0 for 3s", shows("anger", 0, 8, 2))) == 1


def test_a_face_that_shows_nothing_any_more_raises_no_emotion() -> None:
    turned = [(t, [make_face(unclear=Unclear.TURNED)]) for t in np.arange(1, 10, 0.1)]
    assert watched("anger>0.6 for 3s", [*shows("anger", 0, 1), *turned]) == []
    assert watched("valence<-0.1 for 3s", [*shows("anger", 0, 1), *turned]) == []
    assert len(watched("unclear for 3s", [*shows("anger", 0, 1), *turned])) == 1


class _Receiver(BaseHTTPRequestHandler):
    answers: list[int]
    got: list[Any]
    delay = 0.0

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(self.delay)
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.got.append(json.loads(body))
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[tuple[str, type[_Receiver]]]:
    handler = type("Receiver", (_Receiver,), {"answers": [], "got": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}/hook", handler
        http.shutdown()


def test_a_webhook_gets_the_event(receiver: tuple[str, type[_Receiver]]) -> None:
    address, handler = receiver
    messenger = Messenger(Webhook(address))
    messenger.send({"rule": "x", "value": 1})
    messenger.close()
    assert handler.got == [{"rule": "x", "value": 1}]
    assert (messenger.sent, messenger.dropped) == (1, 0)


def test_a_failing_webhook_is_tried_again(
    receiver: tuple[str, type[_Receiver]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "FIRST_WAIT", 0.01)
    address, handler = receiver
    handler.answers[:] = [500, 503]
    messenger = Messenger(Webhook(address))
    messenger.send({"n": 1})
    messenger.close()
    assert handler.got == [{"n": 1}]
    assert (messenger.sent, messenger.retried, messenger.dropped) == (1, 2, 0)


def test_a_dead_webhook_never_slows_the_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(events, "CLOSING", 0.5)
    hanging = threading.Event()

    def hang(_: Event) -> None:
        hanging.wait(30)

    messenger = Messenger(hang)
    begun = time.monotonic()
    for number in range(events.QUEUE + 50):
        messenger.send({"n": number})
    assert time.monotonic() - begun < 0.2
    assert messenger.dropped >= 49
    messenger.close()
    assert time.monotonic() - begun < 2
    assert messenger.sent + messenger.dropped == events.QUEUE + 50
    hanging.set()


def test_a_server_that_answers_nonsense_does_not_end_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "FIRST_WAIT", 0.01)

    class Nonsense(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65_536)
            self.request.sendall(b"this is not HTTP\r\n\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Nonsense) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        messenger = Messenger(Webhook(f"http://127.0.0.1:{server.server_address[1]}/"))
        for number in range(3):
            messenger.send({"n": number})
        messenger.close()
        server.shutdown()
    assert (messenger.sent, messenger.retried, messenger.dropped) == (0, 3 * (events.TRIES - 1), 3)


def test_a_refused_connection_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "FIRST_WAIT", 0.01)
    messenger = Messenger(Webhook("http://127.0.0.1:9/"))
    messenger.send({})
    messenger.close()
    assert (messenger.sent, messenger.retried, messenger.dropped) == (0, events.TRIES - 1, 1)


def test_a_program_gets_the_event(tmp_path: Path) -> None:
    script = tmp_path / "take.py"
    script.write_text(
        "import os, pathlib, sys\n"
        f"pathlib.Path({str(tmp_path / 'got')!r}).write_text(sys.stdin.read() + os.environ['FEELING_RULE'])\n"
    )
    Program(f"{sys.executable} {script}")({"rule": "anger>0.6; rm -rf $HOME", "value": 0.7})
    assert (tmp_path / "got").read_text() == '{"rule": "anger>0.6; rm -rf $HOME", "value": 0.7}anger>0.6; rm -rf $HOME'


def test_a_program_that_fails_is_an_os_error() -> None:
    with pytest.raises(OSError, match="exit status 3"):
        Program(f"{sys.executable} -c 'raise SystemExit(3)'")({})


@pytest.mark.parametrize("command", ["", "no-such-program-anywhere", "'open quote"])
def test_what_is_no_program(command: str) -> None:
    with pytest.raises(UsageError, match=r"no program|can't be read"):
        Program(command)


def test_what_is_no_webhook() -> None:
    with pytest.raises(UsageError, match="must be an address"):
        Webhook("file:///etc/passwd")


def test_memory_is_bounded() -> None:
    rule = Rule("faces", "neutral", ">", 0.5, 0)
    sink = EventSink([rule], [], cooldown=1)
    tracker = Tracker()
    for index in range(3000):
        moment = 10.0 * index
        sink.write(Frame(BLANK, moment), tracker.update([make_face()], moment))
    assert len(sink._states) <= 1025
