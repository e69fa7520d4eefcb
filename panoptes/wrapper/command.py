"""Finds the program that a command is about: behind `env X=1`, `nice`, `python -m` and the like."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

# Programs that start another one -> their options that take a value in the next word. Behind an
# option that isn't known, nothing is certain: such a program counts itself.
_BEFORE: dict[str, frozenset[str]] = {
    "env": frozenset({"-u", "--unset", "-C", "--chdir"}),
    "nice": frozenset({"-n", "--adjustment"}),
    "ionice": frozenset({"-c", "--class", "-n", "--classdata"}),
    "nohup": frozenset(),
    "stdbuf": frozenset({"-i", "-o", "-e", "--input", "--output", "--error"}),
    "time": frozenset({"-f", "--format", "-o", "--output"}),
    "timeout": frozenset({"-k", "--kill-after", "-s", "--signal"}),
    "srun": frozenset(
        {
            *("-A", "--account", "-c", "--cpus-per-task", "-J", "--job-name", "-N", "--nodes"),
            *("-n", "--ntasks", "-p", "--partition", "-q", "--qos", "-t", "--time", "--mem"),
        }
    ),
    "conda run": frozenset({"-n", "--name", "-p", "--prefix", "--cwd"}),
    "mamba run": frozenset({"-n", "--name", "-p", "--prefix", "--cwd"}),
    "micromamba run": frozenset({"-n", "--name", "-p", "--prefix", "--cwd"}),
    "uv run": frozenset(),
    "poetry run": frozenset(),
    "pixi run": frozenset({"-e", "--environment"}),
}
# Their options that stand alone.
_ALONE = {
    "env": frozenset({"-i", "-", "--ignore-environment"}),
    "ionice": frozenset({"-t", "--ignore"}),
    "time": frozenset({"-a", "--append", "-p", "--portability", "-v", "--verbose"}),
    "timeout": frozenset({"--foreground", "--preserve-status", "-v", "--verbose"}),
    "srun": frozenset({"--pty", "-l", "--label", "-u", "--unbuffered", "-Q", "--quiet"}),
    "conda run": frozenset({"--no-capture-output", "--live-stream", "-v"}),
    "mamba run": frozenset({"--no-capture-output", "--live-stream", "-v"}),
}
# Words of theirs that stand before the program.
_WORDS = {"timeout": 1}
# `-n5`, `-5`, `--mem=4G`, `-oL`: the value is in the word.
_WITH_VALUE = re.compile(r"--[\w-]+=.*|-[A-Za-z]?\d+|-[ioe][LlB\d]\w*", re.DOTALL)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
_PYTHON = re.compile(r"(?:python|pypy)[\d.]*")
_PYTHON_FLAGS = re.compile(r"-[uOBEIsSqvP]+")
# Programs whose first word is a script, which has the better name.
_RUNS_SCRIPT = frozenset({"bash", "sh", "dash", "zsh", "ksh", "Rscript", "perl", "ruby", "node"})


@dataclass(frozen=True, slots=True)
class Command:
    """A command: `words` as they were typed, and which of them name its program.

    `name` is the program's or module's, without folders. `program` is the place of the word that
    starts it (of `python`, for a module), `first` that of its first argument.
    """

    words: tuple[str, ...]
    name: str
    program: int
    first: int

    @property
    def arguments(self) -> tuple[str, ...]:
        """The program's own arguments."""
        return self.words[self.first :]

    @property
    def starter(self) -> tuple[str, ...]:
        """All words up to the first argument: with others behind, they ask the same program."""
        return self.words[: self.first]

    @property
    def title(self) -> str:
        """What people would call it: the script's name rather than that of `bash`."""
        words = self.words[self.first :]
        if self.name in _RUNS_SCRIPT or _PYTHON.fullmatch(self.name):
            script = next((word for word in words if not word.startswith("-")), "")
            flags = words[: words.index(script)] if script else ()
            if script and all(re.fullmatch(r"-[abd-np-z]+", flag) for flag in flags):
                return PurePath(script).name
        return self.name

    def with_options(self, *options: str, at: int = 0) -> tuple[str, ...]:
        """Return the words with these in front of the argument at a place."""
        place = self.first + at
        return (*self.words[:place], *options, *self.words[place:])


def recognised(words: Sequence[str]) -> Command:
    """Return what is known of a command of at least one word."""
    here = 0
    while (there := _behind(words, here)) is not None:
        here = there
    name = PurePath(words[here]).name
    if _PYTHON.fullmatch(name):
        return _python(words, here, name)
    return Command(tuple(words), name, here, here + 1)


def _behind(words: Sequence[str], here: int) -> int | None:
    """Return the place of the program that the one here starts, None where it is the last."""
    name = PurePath(words[here]).name
    at = here + 1
    if at < len(words) and f"{name} {words[at]}" in _BEFORE:
        name, at = f"{name} {words[at]}", at + 1
    if name not in _BEFORE:
        return None
    while at < len(words) and words[at].startswith("-"):
        word = words[at]
        at += 1
        if word == "--":
            break
        if word in _BEFORE[name]:
            at += 1
        elif word not in _ALONE.get(name, ()) and not _WITH_VALUE.fullmatch(word):
            return None
    while name == "env" and at < len(words) and _ASSIGNMENT.fullmatch(words[at]):
        at += 1
    at += _WORDS.get(name, 0)
    return at if at < len(words) else None


def _python(words: Sequence[str], here: int, name: str) -> Command:
    """Return the module or the script that a Python runs, or else the Python."""
    at = here + 1
    while at < len(words) and _PYTHON_FLAGS.fullmatch(words[at]):
        at += 1
    if at + 1 < len(words) and words[at] == "-m":
        return Command(tuple(words), words[at + 1], here, at + 2)
    if at < len(words) and not words[at].startswith("-"):
        return Command(tuple(words), PurePath(words[at]).name, here, at + 1)
    return Command(tuple(words), name, here, here + 1)
