"""The pure pieces of benchmarks/, and that its traffic is what it says; nothing here is timed."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice, repeat
from math import inf
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask

from benchmarks import filling, history, networks, pages, report, traffic, typical, watched
from benchmarks.load import Answer, Client, Measured, measure, request
from devtools.running import OPENER
from panoptes.app import create_app
from panoptes.common.clock import utcnow
from panoptes.config.settings import Settings
from panoptes.engines.snakemake.envelope import read_envelope
from panoptes.engines.snakemake.levels import read_update

OK = b"HTTP/1.1 200 OK"


# --- telling --------------------------------------------------------------------------------------


def test_a_table_reads_well_as_text() -> None:
    assert report.table(("what", "ours"), [("a", "1,383"), ("bcdef", "2")]).splitlines() == [
        "| what  |  ours |",
        "| ----- | ----: |",
        "| a     | 1,383 |",
        "| bcdef |     2 |",
    ]


@pytest.mark.parametrize(
    ("value", "shown"), [(1382.6, "1,383"), (100, "100"), (17.44, "17.4"), (0.03123, "0.0312")]
)
def test_a_number_has_three_digits_or_all_before_the_point(value: float, shown: str) -> None:
    assert report.number(value) == shown


def test_a_ratio_to_nothing_is_a_dash() -> None:
    assert (report.times(3, 2), report.times(3, 0)) == ("1.50 x", "–")


def test_a_part_of_nothing_is_a_dash() -> None:
    assert (report.fraction(2, 30), report.fraction(0, 30)) == ("1/15.0", "–")


def test_what_was_not_measured_is_not_called_a_failure() -> None:
    line = report.Line("a", "> 1", report.Shown("–"), "–", None)
    told = report.summary([report.Section("", [line])])
    assert "not measured" in told
    assert "**no**" not in told


def test_a_goal_that_is_missed_stands_out() -> None:
    lines = [
        report.Line("a", "> 1", report.Shown("2"), "2 x", True),
        report.Line("b", "> 1", report.Shown("0"), "0 x", False),
    ]
    _, _, met, missed = report.summary([report.Section("", lines)]).splitlines()
    assert "yes" in met
    assert "**no**" in missed


# --- the generator of load ------------------------------------------------------------------------


def test_what_is_answered_after_the_end_counts_for_the_tail_but_not_for_the_rate() -> None:
    answers = [Answer(OK, 0, seconds=0.1, at=at) for at in (0.5, 1.0, 2.0)]
    late = Answer(OK, 0, seconds=5.0, at=6.0)
    measured = Measured([*answers, late], seconds=2.0, busy=0.0)
    assert (measured.rate, measured.percentile(0.99)) == (1.5, 5.0)


class Echo(BaseHTTPRequestHandler):
    """Answers with what was sent; in HTTP/1.0 it closes each connection, as panoptes-ui does."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class EchoOn(Echo):
    """The same, leaving connections open."""

    protocol_version = "HTTP/1.1"


@contextmanager
def serving(handler: type[Echo]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=[Echo, EchoOn])
def echo(request: pytest.FixtureRequest) -> Iterator[str]:
    with serving(request.param) as address:
        yield address


@pytest.mark.parametrize("keep_alive", [True, False])
def test_each_client_sends_all_that_it_has(echo: str, keep_alive: bool) -> None:
    clients = [
        Client(iter([request("POST", "/", b"x" * size) for size in (1, 100_000)]), keep_alive)
        for _ in range(3)
    ]
    measured = measure(echo, clients, seconds=60)
    assert sorted(answer.size for answer in measured.answers) == [1] * 3 + [100_000] * 3
    assert measured.statuses == {200: 6}


def test_a_client_sees_its_answer_before_it_sends_again(echo: str) -> None:
    sizes: list[int] = []

    def requests() -> Iterator[bytes]:
        while sum(sizes) < 4:
            yield request("POST", "/", b"x" * (1 + sum(sizes)))

    measure(echo, [Client(requests(), on_answer=lambda each: sizes.append(each.size))], 60)
    assert sizes == [1, 2, 4]


class Closing(Echo):
    """Closes each connection without a word of it."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        super().do_POST()
        self.close_connection = True


def test_what_is_sent_to_a_connection_that_was_closed_is_sent_again() -> None:
    with serving(Closing) as address:
        clients = [Client(iter([request("POST", "/", b"x")] * 3)) for _ in range(2)]
        clients.append(Client(iter([request("POST", "/", b"x")] * 2), period=0.05))
        measured = measure(address, clients, seconds=60)
    assert measured.statuses == {200: 8}


def test_a_client_is_asked_when_its_next_request_is_due(echo: str) -> None:
    dues = iter([0.01, 0.02, inf])
    client = Client(repeat(request("POST", "/", b"x")), next_due=lambda: next(dues), keeps=False)
    bodies: list[bytes] = []
    client.on_answer = lambda _answer: bodies.append(client.body)
    assert measure(echo, [client], seconds=60).answers == []
    assert bodies == [b"x"] * 3


def test_what_goes_to_a_server_far_away_arrives_whole_and_in_order(echo: str) -> None:
    body = bytes(range(256)) * 4_000
    with networks.far(echo, 0.001) as address:
        clients = [Client(iter([request("POST", "/", body)] * 2)) for _ in range(3)]
        measured = measure(address, clients, seconds=60)
    assert [answer.size for answer in measured.answers] == [len(body)] * 6
    assert measured.statuses == {200: 6}


def test_a_server_that_is_silent_takes_connections_and_says_nothing() -> None:
    with networks.silent() as address, pytest.raises(TimeoutError):
        OPENER.open(address, timeout=0.1)


def test_a_watched_run_is_compared_with_that_of_its_own_round() -> None:
    taken = {"alone": [1.0, 2.0, 4.0], "near": [1.1, 2.0, 6.0]}
    assert watched.ratio(taken, "near") == 1.1
    assert watched.ratio(taken, "near", less=1.0) == 0.5


def test_the_plugin_s_own_time_is_a_share_of_all_else() -> None:
    own = watched.OwnTimes(waited=5.5, ending=5.0, sending=0.5)
    assert own.share(16.0) == 0.6
    assert own.share(16.0, less=5.0) == 0.1


# --- what is sent ---------------------------------------------------------------------------------


def understood(kind: str) -> list[bool]:
    bodies = [typical.form(text) + b"1" for text in islice(traffic.TRAFFIC[kind](), 200)]
    return [read_update(read_envelope("", body).msg) is not None for body in bodies]


def test_every_state_event_says_something_and_no_noise_does() -> None:
    assert all(understood("state"))
    assert not any(understood("noise"))


def test_the_mix_sends_everything_twice() -> None:
    texts = list(islice(traffic.TRAFFIC["mix"](), 200))
    assert texts[::2] == texts[1::2]
    assert len({*texts}) == 100


# --- what databases are filled with ---------------------------------------------------------------


def test_a_filled_run_is_under_way_with_its_last_jobs_running(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "FAILS", 10)
    filling.fill(app, [("big", filling.run_events(50, utcnow()))])
    [found] = app.test_client().get("/api/workflows").get_json()["workflows"]
    counts = [found[f"jobs_{name}"] for name in ("total", "done", "running", "failed")]
    assert counts == [51, 50 - 16 - 3, 16, 3]


def test_filled_workflows_are_of_every_kind(app: Flask) -> None:
    now = utcnow()
    runs = [(filling.run_name(n), filling.short_run(n, now)) for n in range(20)]
    filling.fill(app, runs)
    found = app.test_client().get("/api/workflows").get_json()["workflows"]
    statuses = [workflow["status"] for workflow in found]
    assert {each: statuses.count(each) for each in statuses} == {
        "Running": 1,
        "Error": 1,
        "Done": 18,
    }


def test_every_address_that_can_be_read_is_measured(app: Flask) -> None:
    assert {"/", "/workflow/2/job/7", "/api/workflow/2/jobs"} <= {*pages.every_page(app)}


def test_runs_side_by_side_are_copies_of_one_with_all_its_jobs(tmp_path: Path) -> None:
    key = str(tmp_path / "panoptes.key")
    app = create_app(Settings(db_url=f"sqlite:///{tmp_path / 'x.db'}", secret_key_file=key))
    history.fill(app, 12, 40)
    client = app.test_client()
    told = client.get("/api/workflow/1/history?label=nightly").get_json()
    assert [run["run"] for run in told["runs"]] == list(range(12, 1, -1))
    assert [run["status"] for run in told["runs"]][:3] == ["Done", "Error", "Done"]
    assert len({*told["rules"]["align"]}) == 1
    for run in (1, 12):
        assert client.get(f"/api/workflow/1/jobs?run={run}&per_page=1").get_json()["count"] == 40
    assert {"history", "compare"} <= {path.split("/")[-1] for path in history.PATHS}
