"""What real Snakemakes say when something is wrong, docs/troubleshooting.md quotes."""

from pathlib import Path

import pytest

from tests.clients.conftest import Snakemake
from tests.docs.test_messages import quoted

TARGET = "results/trimmed/alpha.txt"
# Nobody listens there.
PORT = "1"
UNSEEN = "panoptes: could not register workflow: "
# By address: how the line begins that a Snakemake before 9 says, and how that of a Snakemake 9.
TROUBLES = {
    f"http://127.0.0.1:{PORT}": ("requests.exceptions.ConnectionError: ", f"{UNSEEN}HTTPConnec"),
    f"127.0.0.1:{PORT}": ("requests.exceptions.InvalidSchema: ", UNSEEN),
    "http://lab.example": ("Problem with server: ", f"{UNSEEN}421 "),
}


def lines_of_document() -> list[str]:
    """Return all that clients are quoted of, with our port."""
    found = [line for language in ("text", "snakemake") for _, line in quoted(language)]
    return [line.replace("5000", PORT) for line in found]


def is_in(line: str, output: str) -> bool:
    """Return whether a line was said, its `…` being anything."""
    return any(all(part in said for part in line.split("…")) for said in output.splitlines())


@pytest.mark.parametrize("address", TROUBLES)
def test_the_document_quotes_what_a_client_says(
    snakemake: Snakemake, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A name that leads to the server without a name server.
    monkeypatch.setenv("http_proxy", snakemake.server.url)
    done = snakemake.call(TARGET, name="lost", folder=tmp_path, url=address)
    assert (done.returncode == 0) is snakemake.has_plugin, done.stdout
    beginning = TROUBLES[address][snakemake.has_plugin]
    wanted = [line for line in lines_of_document() if line.startswith(beginning)]
    assert any(is_in(line, done.stdout) for line in wanted), done.stdout
