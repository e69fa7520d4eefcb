"""Real servers tell what happened, once, whatever becomes of them."""

import json
from contextlib import ExitStack
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from sqlalchemy import create_engine, text

from devtools.running import Server, running_server
from tests.notify.conftest import SECRET
from tests.receiver import PATIENCE, Receiver

pytestmark = pytest.mark.slow

# The machine's proxy settings are not for addresses on the machine itself.
_opener = build_opener(ProxyHandler({}))


def run_to_its_end(server: Server, name: str, *, fails: bool = False) -> int:
    """Report a run of one job."""
    workflow_id = int(server.get(f"/create_workflow?name={quote(name)}")["id"])
    report(server, workflow_id, level="job_info", jobid=1, name="align", input=[], output=[])
    if fails:
        report(server, workflow_id, level="job_error", jobid=1, name="align")
        report(server, workflow_id, level="info", msg="Complete log: x")
    else:
        report(server, workflow_id, level="job_finished", jobid=1)
        report(server, workflow_id, level="progress", done=1, total=1)
    return workflow_id


def report(server: Server, workflow_id: int, **msg: object) -> None:
    form = {"id": workflow_id, "msg": json.dumps(msg), "timestamp": "x"}
    request = Request(f"{server.url}/update_workflow_status", urlencode(form).encode())
    with _opener.open(request, timeout=PATIENCE) as answer:
        assert answer.status == 200


def environment(tmp_path: Path, receiver: Receiver) -> dict[str, str]:
    return {
        "PANOPTES_WEBHOOK": receiver.url,
        "PANOPTES_WEBHOOK_SECRET": SECRET,
        "PANOPTES_SECRET_KEY_FILE": str(tmp_path / "panoptes.key"),
        "NO_PROXY": "127.0.0.1",
    }


def names(receiver: Receiver) -> list[str]:
    return sorted(json.loads(each.body)["workflow"]["name"] for each in receiver.received)


def wait_until_sent(url: str, number: int) -> None:
    engine, sent = create_engine(url), 0
    deadline = monotonic() + PATIENCE
    while sent < number and monotonic() < deadline:
        sleep(0.1)
        with engine.connect() as connection:
            query = "SELECT count(*) FROM notifications WHERE sent_at IS NOT NULL"
            sent = connection.scalar(text(query)) or 0
    engine.dispose()
    assert sent == number


def test_a_server_that_is_killed_leaves_its_news_to_the_next(
    tmp_path: Path, receiver: Receiver
) -> None:
    told = environment(tmp_path, receiver)
    with running_server(tmp_path, env=told) as server:
        run_to_its_end(server, "nightly")
        server.process.kill()
        server.process.wait()
    with running_server(tmp_path, env=told):
        receiver.wait_for(1)
    assert names(receiver) == ["nightly"]


def test_two_servers_on_one_database_tell_everything_once(
    database_url: str, tmp_path: Path, receiver: Receiver
) -> None:
    told = environment(tmp_path, receiver)
    runs = [f"run-{number}" for number in range(8)]
    with ExitStack() as stack:
        servers = []
        for name in ("one", "other"):
            (tmp_path / name).mkdir()
            server = running_server(tmp_path / name, "--db-url", database_url, env=told)
            servers.append(stack.enter_context(server))
        for number, name in enumerate(runs):
            run_to_its_end(servers[number % 2], name)
        wait_until_sent(database_url, len(runs))
    assert names(receiver) == runs


def test_a_read_only_server_tells_too(tmp_path: Path, receiver: Receiver) -> None:
    with running_server(tmp_path, "--read-only", env=environment(tmp_path, receiver)) as server:
        run_to_its_end(server, "nightly", fails=True)
        receiver.wait_for(1)
    assert names(receiver) == ["nightly"]


def test_a_server_tells_services_through_apprise_and_says_no_address(
    tmp_path: Path, receiver: Receiver
) -> None:
    environ = {"PANOPTES_NOTIFY": f"night*=json://me:sesame@127.0.0.1:{receiver.port}"}
    environ["NO_PROXY"] = "127.0.0.1"
    receiver.status = 500
    with running_server(tmp_path, "--public-url", "http://x.example/", env=environ) as server:
        run_to_its_end(server, "nightly", fails=True)
        run_to_its_end(server, "weekly", fails=True)
        receiver.wait_for(1)
        deadline = monotonic() + PATIENCE
        while "tried again" not in server.output.read_text() and monotonic() < deadline:
            sleep(0.05)
        log = server.output.read_text()
    (came,) = [json.loads(each.body) for each in receiver.received]
    assert came["title"] == "✗ nightly: ended with an error"
    assert "http://x.example/workflow/1?run=1" in came["message"]
    assert "Couldn't notify night*=json://… of 'error'" in log
    assert "sesame" not in log
