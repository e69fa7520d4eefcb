"""A Snakefile with anything in it, watched by our plugin: its run and our pages bear it."""

from pathlib import Path

import pytest

from devtools.running import running_server
from panoptes.config.settings import Settings
from tests.clients.conftest import NEWEST, Start
from tests.conftest import serve
from tests.web.pages.document import Document
from tests.web.pages.test_every_page import assert_is_sound

SNAKEFILE = r"""
NAMES = [
    "<img src=x onerror=window.ran=1>", "\u202egpj.exe", "a\x1b[31mb\x07", "{{7*191913}}", "-rf",
    "'\" onmouseover='window.ran=1", "".join(chr(256 + number) for number in range(100)),
]
BYTES = r"printf '%b' '<script>window.ran=1</script>\xff\xfe\x00\x1b[31m\r\n\xed\xa0\x80'"

rule all:
    input: lambda _: [f"out/{name}.txt" for name in NAMES], "raised.txt", "failed.txt", "odd.txt"

rule:
    name: "<script>window.ran=1</script>\x1b[31m"
    output: "out/{odd}.txt"
    log: "log/{odd}.log"
    benchmark: "bench/{odd}.tsv"
    message: "Making {wildcards.odd} \x1b]0;title\x07 <b>bold</b>\u202e"
    params: said=BYTES
    shell: "{params.said} > {log:q}; touch {output:q}"

rule raises:
    output: "raised.txt"
    run:
        raise ValueError("<script>window.ran=1</script>\x1b[31m\u202e" + "x" * 300_000)

rule fails:
    output: "failed.txt"
    log: "log/failed.log", "log/none.log", "log/pipe"
    params: said=BYTES, long="y" * 50_000
    shell: "mkfifo log/pipe; {params.said} > {log[0]}; : {params.long}; exit 3"

rule odd:
    output: "odd.txt"
    message: "\ud800 half of a letter"
    resources: odd="<script>window.ran=1</script>"
    shell: "touch {output}"
"""

PAGES = ["/", "/workflows/", "/workflow/1"]
PAGES += [f"/workflow/1/{name}" for name in ("graph", "samples", "resources", "timeline")]
PAGES += [f"/workflow/1/job/{jobid}" for jobid in range(1, 11)]

pytestmark = pytest.mark.external


def test_a_hostile_snakefile_runs_as_it_would_unwatched_and_every_page_is_sound(
    start: Start, tmp_path: Path
) -> None:
    folders = [tmp_path / name for name in ("alone", "<b>watched", "server")]
    for folder in folders:
        folder.mkdir()
        (folder / "Snakefile").write_text(SNAKEFILE)
    with running_server(folders[2]) as server:
        wanted = "--logger-panoptes-ui-logs=all"
        runs = [
            start(NEWEST, "", "-k", folder=folders[0]),
            start(NEWEST, server.url, "-k", wanted, folder=folders[1]),
        ]
        alone, watched = (run.communicate(timeout=180)[0] for run in runs)
    assert [run.returncode for run in runs] == [1, 1], watched
    # Snakemake itself can't write half of a letter.
    assert watched.count("Traceback") == alone.count("Traceback") == 1
    told = [line for line in watched.splitlines() if "panoptes: " in line]
    assert told == [f"panoptes: watch this run at {server.url}/workflow/1?run=1"]
    settings = Settings(db_url=f"sqlite:///{folders[2] / 'panoptes.db'}")
    for app in serve(settings):
        web = app.test_client()
        workflow = web.get("/api/workflow/1").get_json()["workflow"]
        counts = [workflow[f"jobs_{name}"] for name in ("done", "failed", "total")]
        assert (workflow["status"], counts) == ("Error", [8, 2, 11])
        found = {address: Document(web.get(address)) for address in PAGES}
        for address, page in found.items():
            assert_is_sound(address, page)
        words = " ".join(page.text for page in found.values())
        for hostile in ("<script>window.ran=1</script>", "<b>watched", "{{7*191913}}"):
            assert hostile in words
        assert "</script>\ufffd\ufffd\ufffd" in words, "The bytes of the logs."
        assert "1343391" not in words, "A template ran."
