"""All hostile inputs: every attack in every field of every event, and of everything else."""

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from itertools import chain, islice
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from werkzeug.routing import Map, Rule

from panoptes.models.workflow import RUN_IDS
from tests.faults.attacks import LONG, TEXTS, VALUES
from tests.strategies import FIELDS, LEVELS

JOB: dict[str, Any] = {
    "jobid": 1,
    "name": "align",
    "msg": "Aligning",
    "input": ["a"],
    "output": ["b"],
    "log": ["c"],
    "benchmark": "d",
    "wildcards": {"sample": "K7"},
    "resources": {"mem_mb": 100},
    "reason": "Missing output files: b",
    "shellcmd": "bwa",
    "threads": 2,
    "priority": 0,
    "is_checkpoint": False,
    "local": True,
    "conda_env": "env",
    "aux": {},
    "timestamp": 1795357080.5,
}
DESCRIPTION = [
    "command",
    "workdir",
    "main_file",
    "log_file",
    "user",
    "host",
    "engine_version",
    "platform",
]
WORDS: dict[str, Any] = {"msg": "words", "timestamp": 1795357080.5}
# What a level has, all of it as it should be.
WHOLE: dict[str, dict[str, Any]] = {
    "job_info": JOB,
    "job_error": JOB,
    "job_started": {"jobs": [1]},
    "job_finished": {"jobid": 1},
    "group_info": {"groupid": "pair"},
    "group_error": {"groupid": "pair", "job_error_info": [JOB]},
    "shellcmd": {"msg": "bwa", "jobid": 1},
    "progress": {"done": 1, "total": 8},
    "run_info": {"msg": "Job stats:\njob count\n--- ---\nall 1\ntotal 1\n"},
    **dict.fromkeys(["resources_info", "info", "warning", "error", "debug"], WORDS),
}
FIELD_NAMES = [*FIELDS.split(), "level", "local", "conda_env"]
# How the words begin that say something.
BEGINNINGS = {
    "info": [
        "Complete log: ",
        "Nothing to be done ",
        "Executing subworkflow ",
        "Submitted job 1 with external jobid '",
        "Trying to restart job ",
    ],
    "error": [
        "Error executing rule ",
        "Error executing group job ",
        "MissingOutputException in rule ",
        "WorkflowError:\n",
    ],
    "debug": ['Full Traceback (most recent call last):\n  File "x"\n'],
    "run_info": ["Job stats:\njob count\n--- ---\n", "Job counts:\n\tcount\tjobs\n\t1\t"],
}
JOBS = 40

TRACE = "/api/tower/trace"
NEXTFLOW_TASK: dict[str, Any] = {
    "taskId": 1,
    "status": "COMPLETED",
    "name": "ALIGN (K7)",
    "process": "ALIGN",
    "tag": "K7",
    "attempt": 1,
    "exit": 0,
    "hash": "49/960c26",
    "script": "bwa",
    "workdir": "/work/49",
    "container": "bwa",
    "submit": "2026-11-27T15:38:48.907Z",
    "start": "2026-11-27T15:38:48.967Z",
    "complete": 1795794961368,
    "cpus": 1,
    "memory": 100,
    "time": 1000,
    "realtime": 10,
    "pcpu": 1.5,
    "peakRss": 10,
    "nativeId": 7,
    "errorAction": None,
    "module": [],
}
NEXTFLOW_RUN: dict[str, Any] = {
    "sessionId": "s",
    "runName": "r",
    "projectName": "p",
    "workflowId": None,
    "commandLine": "nextflow run x",
    "launchDir": "/data",
    "params": {"outdir": "x"},
    "configFiles": ["nextflow.config"],
    "nextflow": {"version": "26.04.6"},
    "success": False,
    "exitStatus": 1,
    "errorMessage": "boom",
    "errorReport": "Error executing process > 'ALIGN (K7)'\n\nCaused by:\n  it broke",
    "stats": {"succeededCount": 1},
    "repository": "https://me:x@host/x",
    "start": {"year": 2026, "monthValue": 11},
}
QUERY = [
    "run",
    "part",
    "status",
    "rule",
    "q",
    "wildcard",
    "unfinished",
    "sort",
    "page",
    "per_page",
    "level",
    "log",
    "log_level",
    "log_q",
    "log_page",
    "id",
    "name",
    "workflow_id",
    "done",
    "rules",
    "rules_sort",
    "words",
    "older",
    "mine",
    "owner",
    "embed",
    "back",
    "page_size",
    "page_token",
]
HEADERS = [
    "HOST",
    "ORIGIN",
    "REFERER",
    "USER_AGENT",
    "COOKIE",
    "AUTHORIZATION",
    "ACCEPT",
    "ACCEPT_ENCODING",
    "ACCEPT_LANGUAGE",
    "IF_NONE_MATCH",
    "IF_MODIFIED_SINCE",
    "IF_RANGE",
    "RANGE",
    "SEC_FETCH_SITE",
    "X_FORWARDED_FOR",
    "X_FORWARDED_HOST",
    "X_FORWARDED_PROTO",
    "FORWARDED",
    "X_HTTP_METHOD_OVERRIDE",
    "CONTENT_TYPE",
]
NO_ATTACK: Mapping[str, str] = {}
TYPES = ["", "application/json", "application/x-www-form-urlencoded", "multipart/form-data", "x/y"]


class Ask(NamedTuple):
    """A request to an address."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    content_type: str = "application/x-www-form-urlencoded"


# What an event of any program has, all of it as it should be.
GENERIC: dict[str, dict[str, Any]] = {
    "run": {"jobs": 3, "rules": {"align": 3}, **dict.fromkeys(DESCRIPTION, "x"), "cores": 4},
    "job": {
        "job": 1,
        "rule": "align",
        "status": "running",
        "error": "e",
        "exit_status": 1,
        "wildcards": {"s": "K7"},
        "input": ["a"],
        "output": ["b"],
        "log": ["c"],
        "command": "bwa",
        "message": "m",
        "reason": "r",
        "resources": {"mem_mb": 1},
        "usage": {"max_memory": 1},
        "threads": 2,
        "priority": 0,
        "external_id": "7",
        "cached": False,
        "ignored": False,
        "time": 1795357080.5,
    },
    "log": {"text": "words", "level": "info", "time": 1795357080.5},
    "log_tail": {"job": 1, "path": "c", "from": 0, "text": "words", "size": 5},
    "heartbeat": {"time": 1795357080.5},
    "end": {"status": "done", "error": "e"},
}
IN_BATCH = 10


def batches() -> Iterator[list[Any]]:
    """Yield events of any program, many at once, each with one attack in one field."""
    fields = [(kind, name) for kind, whole in GENERIC.items() for name in ("event", *whole)]
    # The fields share the attacks: one reader serves several of them.
    attacked = (
        {"event": kind, **GENERIC[kind], "job": number % JOBS, field: attack}
        for place, (kind, field) in enumerate(fields)
        for number, attack in enumerate([*VALUES, *LONG])
        if (number + place) % 4 == 0
    )
    yield VALUES
    while batch := list(islice(attacked, IN_BATCH)):
        yield batch


# Lines of cwltool's log, in the order in which they come, each with a place for an attack.
CWLTOOL = (
    "INFO {}cwltool {}",
    "INFO Resolved '{}' to '{}'",
    "INFO [workflow {}] start",
    "INFO [workflow {}] starting step {}",
    "INFO [step {}] start",
    "INFO [job {}] /tmp{}$ sh {} \\",
    "    {}",
    "INFO [job {}] Using cached output in {}",
    "INFO [job {}] Max memory used: {}MiB",
    "ERROR [job {}] Job error:{}",
    "WARNING [job {}] exited with status: {}",
    "WARNING [job {}] was terminated by signal: {}",
    "WARNING [job {}] completed {}",
    "INFO [step {}] completed {}",
    "INFO [workflow {}] completed {}",
    "{}Final process status is {}",
)
# Records of miniwdl's log, all of them as they should be.
_CALL = {"source": "wdl.w:w.t:call-a-0", "level": "NOTICE"}
MINIWDL: tuple[dict[str, Any], ...] = (
    {
        "message": "workflow start",
        "name": "w",
        "dir": "/run",
        "source": "wdl.w:w",
        "level": "NOTICE",
    },
    {"message": "miniwdl", "version": "v1.16.0", "source": "wdl.w:w", "level": "NOTICE"},
    {"message": "ready", "job": "call-a-0", "callee": "a", "source": "wdl.w:w", "level": "NOTICE"},
    {**_CALL, "message": "task setup", "name": "a", "dir": "/run/call-a-0"},
    {**_CALL, "message": "effective runtime", "cpu": 1, "memory_reservation": 1},
    {**_CALL, "message": "podman run", "pid": 7, "log": "x"},
    {**_CALL, "message": "failed task will be retried", "error": "E", "level": "ERROR"},
    {**_CALL, "message": "task a failed", "error": "E", "exit_status": 1, "level": "ERROR"},
    {"message": "aborting workflow", "signal": 2, "source": "wdl.w:w", "level": "CRITICAL"},
    {"message": "x", "error": "E", "words": "w", "source": "miniwdl-run", "level": "ERROR"},
    {**_CALL, "message": "done"},
)
# What comes of both.
WATCHED: tuple[dict[str, Any], ...] = (
    {"event": "line", "text": "words", "time": 1795357080.5},
    {"event": "log_tail", "job": "a", "path": "c", "from": 0, "text": "words", "size": 5},
    {"event": "exit", "status": 1, "signal": "SIGINT"},
)


def of_watched(engine: str) -> Iterator[list[Any]]:
    """Yield events of a run that `panoptes run` watches, many at once, with attacks everywhere."""
    attacked = (
        {**whole, field: attack}
        for whole in WATCHED
        for field in whole
        for attack in [*VALUES, *LONG]
    )
    texts = [*TEXTS, *LONG]
    if engine == "cwltool":
        own: Iterator[dict[str, Any]] = (
            {"event": "line", "text": line.replace("{}", attack)}
            for attack in texts
            for line in CWLTOOL
        )
    else:
        own = (
            {"event": "record", "command": "x", "record": {**record, field: attack}}
            for number, attack in enumerate([*VALUES, *LONG])
            for place, record in enumerate(MINIWDL)
            for field in record
            if (number + place) % 4 == 0
        )
    everything = chain(own, attacked)
    while batch := list(islice(everything, IN_BATCH)):
        yield batch


def bombs() -> Iterator[bytes]:
    """Yield small bodies that gzip made of much."""
    for each in (b" ", b"[", b'{"a":', b"[[],", b'"x",'):
        for size in (2**20, 10 * 2**20 - 60):
            begun = b'{"first": 1, "events": ['
            yield gzip.compress(begun + each * (size // len(each)), 1)
    packed = gzip.compress(bytes(2**26), 1)
    yield gzip.compress(packed)
    yield packed[: len(packed) // 2]


def events(level: str) -> Iterator[dict[str, Any]]:
    """Yield events of a level, each with one attack in one field.

    The levels share the attacks in a field that they don't have: each gets a third of them, all
    levels together get all.
    """
    whole = {"level": level, **WHOLE.get(level, {})}
    for place, field in enumerate(FIELD_NAMES, LEVELS.split().index(level)):
        # What is long goes only where somebody reads it.
        attacks = [*VALUES, *LONG] if field in whole else VALUES
        for number, attack in enumerate(attacks):
            if field in whole or (number + place) % 3 == 0:
                yield {**whole, "jobid": number % JOBS, field: attack}
    for beginning in BEGINNINGS.get(level, []):
        yield from ({**whole, "msg": beginning + attack} for attack in [*TEXTS, *LONG])


def body_of(event: dict[str, Any], workflow_id: int, number: int) -> tuple[bytes, str]:
    """Return an event as one of the three kinds of clients sends it, with its content type."""
    told = {"msg": json.dumps(event), "timestamp": "t", "id": workflow_id}
    if number % 8 == 1:  # Snakemake 7.32
        return json.dumps(told).encode(), ""
    if number % 8 == 2:  # 5.27 to 5.31
        told["msg"] = repr(event)
    return urlencode(told, errors="surrogatepass").encode(), TYPES[2]


def envelopes(workflow_id: int) -> Iterator[tuple[bytes, str]]:
    """Yield updates whose envelope is an attack, with their content types."""
    event = json.dumps({"level": "job_info", "jobid": 1, "name": "align"})
    right = {"msg": event, "timestamp": "t", "id": workflow_id}
    for attack in [*VALUES, *LONG]:
        for field in ("id", "msg", "timestamp", "token"):
            told = right | {field: attack}
            yield json.dumps(told).encode(), TYPES[1]
            yield urlencode(told, errors="surrogatepass").encode(), TYPES[2]
        bare = str(attack).encode("utf-8", "surrogatepass")
        for content_type in TYPES:
            yield bare, content_type
            yield b"{" + bare, content_type
    for attack in TEXTS:
        yield urlencode(right).encode(), attack
        yield json.dumps({attack: attack, **right}).encode(), ""


def largest(workflow_id: int) -> Iterator[tuple[bytes, str]]:
    """Yield updates that hold as much as one can, as JSON, which packs the most."""
    members = [{"jobid": number, "name": "align"} for number in range(30_000)]
    rows = "".join(f"rule{number} 1\n" for number in range(80_000))
    for event in (
        {"level": "job_started", "jobs": list(range(1_000))},
        {"level": "group_error", "job_error_info": members},
        {"level": "run_info", "msg": f"Job stats:\njob count\n--- ---\n{rows}total 1\n"},
        {"level": "run_info", "msg": "Job stats:\n" + "a" * 1_000_000},
        {"level": "job_error", "jobid": 1, "msg": "Command '" * 1_000 + "' " * 40_000},
        JOB | {"level": "job_info", "input": ["x"] * 95_000},
        JOB | {"level": "job_info", "resources": [[]] * 95_000},
        JOB | {"level": "job_info", "wildcards": {str(each): "" for each in range(95_000)}},
        JOB | {"level": "job_info", "input": ["x"] * 2_000_000},
        JOB | {"level": "job_info", "msg": "x" * 9_000_000},
        {"level": "error", "msg": "Error " * 1_500_000},
    ):
        yield json.dumps({"id": workflow_id, "msg": event}).encode(), ""
        text = repr(event)[: 2**21]
        yield json.dumps({"id": workflow_id, "msg": text}).encode(), ""
    yield from (make() for make in HUGE.values())


def _form(msg: bytes) -> tuple[bytes, str]:
    return b"id=1&timestamp=t&msg=" + msg, TYPES[2]


def _info(field: bytes, level: bytes = b"info") -> tuple[bytes, str]:
    return _form(b'{"level":"%s","msg":%s}' % (level, field))


def _text(text: bytes, level: bytes = b"info") -> tuple[bytes, str]:
    return _info(b'"%s"' % text, level)


def _listed(item: bytes, number: int) -> bytes:
    return b"[%s]" % b",".join([item] * number)


def _names(number: int, form: bytes = b'"/d/%06d"') -> bytes:
    return b",".join(form % each for each in range(number))


def _repr(field: bytes) -> tuple[bytes, str]:
    return _form(b"{'level': 'info', 'msg': %s}" % field)


_DEEP = b"[" * 35 + b"]" * 35
_WIDE = "\U0001f600".encode()
_MILLION = 10**6
# Up to ten megabytes: nested, wide, and of as many values as can be. What each costs was once
# seconds, or hundreds of megabytes.
HUGE: dict[str, Callable[[], tuple[bytes, str]]] = {
    "nested": lambda: _info(_listed(_DEEP, 99_000)),
    "nested, in an envelope of JSON": lambda: (
        b'{"id":1,"msg":{"level":"info","x":%s}}' % _listed(_DEEP, 99_000),
        "",
    ),
    "nested in depth": lambda: _info(b"[" * 5 * _MILLION),
    "empty lists": lambda: _info(_listed(b"[]", 3 * _MILLION)),
    "maps": lambda: _info(_listed(b'{"a":{"b":1}}', 700_000)),
    "names of fields": lambda: _info(b"{%s}" % _names(_MILLION // 2, b'"a%06d":1.5')),
    "as many fields as are read": lambda: _info(b"{%s}" % _names(99_000, b'"a%06d":1.5')),
    "numbers": lambda: _info(_listed(b"1.5e30", 240_000)),
    "names": lambda: _info(b"[%s]" % _names(800_000)),
    "as many names as are read": lambda: _info(
        b"[%s]" % _names(249_000, b'"\\u00e9/some/folder/%06d"'), b"job_info"
    ),
    "a digit": lambda: _info(b"1" * 9 * _MILLION),
    "repr: calls": lambda: _form(b"a()" * 3 * _MILLION),
    "repr: tuples": lambda: _form(b"()" * 4 * _MILLION),
    "repr: words": lambda: _repr(b"a " * 4 * _MILLION),
    "repr: lists": lambda: _repr(_listed(b"[]", 3 * _MILLION)),
    "repr: names": lambda: _repr(b"[%s]" % b", ".join(b"'a%d'" % each for each in range(900_000))),
    "repr: texts without commas": lambda: _repr(b"'a''b', " * _MILLION),
    "repr: escapes": lambda: _repr(b"'%s'" % (b"\\n" * 4 * _MILLION)),
    "repr: quotes": lambda: _form(b"'" * 9 * _MILLION),
    "repr: backslashes": lambda: _form(b"'" + b"\\" * 9 * _MILLION),
    "blanks": lambda: _form(b"+" * 9 * _MILLION),
    "percent signs": lambda: _form(b"%" * 9 * _MILLION),
    "escapes of a form": lambda: _form(b"%41" * 3 * _MILLION),
    "fields of a form": lambda: (b"a&" * 5 * _MILLION, TYPES[2]),
    "one letter that is four bytes": lambda: _text(_WIDE + b"x" * 9 * _MILLION),
    "one escape that is four bytes": lambda: _text(b"\\ud83d\\ude00" + b"x" * 9 * _MILLION),
    "the same in JSON in JSON": lambda: (
        b'{"id":1,"msg":"\\\\ud83d\\\\ude00%s"}' % (b"x" * 9 * _MILLION),
        "",
    ),
    "letters that are four bytes": lambda: _text(_WIDE * (4 * 2**20 // 4)),
    "one of them in the largest text that keeps it": lambda: _text(_WIDE + b"x" * 4_194_000),
    "letters that are two bytes": lambda: _text("\u65e5".encode() * 3 * _MILLION),
    "bytes that are no letters": lambda: _text(b"\xff" * 9 * _MILLION),
    "halves of letters": lambda: _text(b"\\ud800x" * _MILLION),
    "NUL": lambda: _text(b"\\u0000" * 1_500_000),
    "a line": lambda: _text(b"x" * 9 * _MILLION),
    "lines": lambda: _text(b"\\n" * 4 * _MILLION, b"error"),
    "an error again and again": lambda: _text(b"Error executing rule " * 400_000, b"error"),
    "lines of a traceback": lambda: _text(
        b'Full Traceback\\n  File \\"x\\"' + b"\\n" * 4 * _MILLION, b"debug"
    ),
    "rules": lambda: _text(b"Job stats:\\njob count\\n" + b"a 1\\n" * _MILLION, b"run_info"),
    "counted rules": lambda: _text(
        b"Job stats:\\njob count\\n--- ---\\n" + b"a 1\\n" * _MILLION, b"run_info"
    ),
}


def registrations() -> Iterator[Ask]:
    """Yield calls of /create_workflow with an attack in one of its fields."""
    for attack in [*TEXTS, *LONG]:
        text = quote(attack, errors="surrogatepass")
        for name in ("name", "workflow_id", "x"):
            yield Ask("GET", "/create_workflow", f"{name}={text}")
        for name in ("snakefile", "command", "workdir"):
            form = f"{name}={text}".encode()
            yield Ask("GET", "/create_workflow", "", form)
            yield Ask("GET", "/create_workflow", "", json.dumps({name: attack}).encode(), "")
        yield Ask("GET", "/create_workflow", attack)


def of_nextflow() -> Iterator[Ask]:
    """Yield what Nextflow sends, with an attack in each field of a task, a run and an event."""
    attacks = [*VALUES, *LONG]
    for number, field in enumerate(NEXTFLOW_TASK):
        tasks = [
            {**NEXTFLOW_TASK, "taskId": 1000 * number + each, field: attack}
            for each, attack in enumerate(attacks)
        ]
        yield Ask("PUT", f"{TRACE}/attacked/progress", "", _json({"tasks": tasks}), TYPES[1])
        for task in tasks[number % 9 :: 9]:
            told = {"event": "process_completed", "runId": "r", "runName": "n", "trace": task}
            yield Ask("POST", "/api/weblog", "", _json(told), TYPES[1])
    for field in NEXTFLOW_RUN:
        for number, attack in enumerate(attacks):
            run = {**NEXTFLOW_RUN, field: attack}
            begun = {"workflow": run, "processNames": [str(attack)[:9999], attack]}
            whole = {"event": "completed", "metadata": {"workflow": run, "parameters": attack}}
            told = (run, begun, {"workflow": run}, {**whole, "runId": attack, "runName": attack})
            calls = [("POST", f"{TRACE}/create"), ("PUT", f"{TRACE}/attacked/begin")]
            calls += [("PUT", f"{TRACE}/attacked/complete"), ("POST", "/api/weblog")]
            (method, path), body = calls[number % 4], told[number % 4]
            yield Ask(method, path, "", _json(body), TYPES[1])
    for attack in filter(None, TEXTS):  # Without an id, it is another address.
        yield Ask(
            "PUT", f"{TRACE}/{quote(attack, safe='', errors='surrogatepass')}/begin", "", b"{}"
        )


def _json(told: Any) -> bytes:
    return json.dumps(told).encode()


def addresses(routes: Map, workflow_id: int) -> Iterator[Ask]:
    """Yield addresses with an attack in one part, to be read, and such that are one themselves."""
    for rule in routes.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.rule == "/create_workflow":
            continue
        for number, attack in enumerate(TEXTS):
            text = quote(attack, errors="surrogatepass")
            for variable in rule.arguments:
                yield Ask("GET", address_of(rule, workflow_id, {variable: attack}))
            path = address_of(rule, workflow_id)
            yield Ask("GET", path, "&".join(f"{name}={text}" for name in QUERY))
            # One at a time, each attack in some: the first of several may hide the others.
            for name in QUERY[number % 20 :: 20]:
                yield Ask("GET", path, f"{name}={text}")
    for attack in TEXTS:
        yield Ask("GET", attack)
        yield Ask("GET", f"/{attack}", attack)
        yield Ask("POST", f"/{attack}")


def address_of(rule: Rule, workflow_id: int, attack: Mapping[str, str] = NO_ATTACK) -> str:
    given = {"workflow_id": str(workflow_id), "jobid": "1", "filename": "css/panoptes.css"}
    given |= {"name": "attacked", "run": "1", "run_id": str(RUN_IDS + 1), "task_id": "1"}
    given |= attack
    parts = [given.get(text, "1") if varies else text for varies, text in rule._trace]
    return "".join(parts).partition("|")[2]


def headers() -> Iterator[dict[str, str]]:
    """Yield headers of which one is an attack."""
    for name in HEADERS:
        yield from ({f"HTTP_{name}": attack} for attack in TEXTS)


def changes(routes: Map, workflow_id: int) -> Iterator[Ask]:
    """Yield requests that would change something, with an attack in their body."""
    for number, attack in enumerate(TEXTS):
        form = urlencode({"name": attack, "id": attack}, errors="surrogatepass").encode()
        for place, rule in enumerate(routes.iter_rules()):
            path = address_of(rule, workflow_id)
            methods = (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
            for method in sorted(methods):
                yield Ask(method, path, "", form)
                yield Ask(method, path, "", json.dumps({"name": attack}).encode(), TYPES[1])
            # No route has such a method: one tells of the others.
            if (number + place) % 10 == 0:
                yield Ask(attack[:20].upper(), path)
