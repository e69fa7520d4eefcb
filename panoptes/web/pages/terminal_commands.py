"""Commands to copy into a terminal: how a run goes on where it stopped, and where its log is.

They are made of what clients told. A terminal must take each word as a word and not as something
to carry out, and what can't be printed is never offered.
"""

import shlex

from panoptes.common.status import Status
from panoptes.engines.terms import terms
from panoptes.queries.results import RunView
from panoptes.render.titles import is_no_file, whole_path
from panoptes.web.command_words import command_words

# No shell takes longer names of files, and nobody reads longer commands on a page.
MOST_LETTERS = 4096


def can_resume(run: RunView) -> bool:
    """Return whether a run stopped before its end and its engine may go on there."""
    has_stopped = run.status is Status.STALE or (run.status is Status.ERROR and not run.is_live)
    is_newest = run.run == run.runs
    return has_stopped and is_newest and terms(run.engine).resume is not None and _keeps_jobs(run)


def _keeps_jobs(run: RunView) -> bool:
    """Return whether a run has left what its engine needs to go on: Toil's temporary store is gone.

    Of other engines, all do.
    """
    needed = terms(run.engine).resume_needs
    return needed is None or any(word.startswith(needed) for word in command_words(run))


def resume_command(run: RunView) -> str | None:
    """Return `cd FOLDER && COMMAND OPTION`, None for a very long one.

    None, too, where the client doesn't tell folder and command, or a secret was taken from it.
    """
    words, option = command_words(run), terms(run.engine).resume
    if not words or not run.workdir or option is None or _is_unprintable(run.command, run.workdir):
        return None
    if option not in words:
        words.append(option)
    # With its folder as an option, the command was typed in another one that nobody knows.
    is_moved = any(word.startswith(terms(run.engine).moving) for word in words)
    command = shlex.join(words) if is_moved else _in_folder(run, shlex.join(words))
    return command if len(command) <= MOST_LETTERS else None


def log_command(run: RunView) -> str | None:
    """Return the command that shows the engine's own log of a run, None where nobody knows it."""
    if run.log_file is not None:
        return less(whole_path(run.log_file, run))
    command = terms(run.engine).log_command
    # The newest log of a folder is that of the newest run.
    return _in_folder(run, command) if command and run.run == run.runs else None


def less(path: str) -> str | None:
    """Return the command that shows a file's end, None for a name that can't be printed or is none.

    A name must not become an option of it.
    """
    if is_no_file(path) or _is_unprintable(path) or len(path) > MOST_LETTERS:
        return None
    return f"less +G {shlex.quote(f'./{path}' if path[:1] in ('-', '+') else path)}"


def _in_folder(run: RunView, command: str) -> str:
    """Return a command that goes into the run's folder first, where that is known."""
    if not run.workdir or _is_unprintable(run.workdir):
        return command
    folder = f"./{run.workdir}" if run.workdir.startswith("-") else run.workdir
    return f"cd {shlex.quote(folder)} && {command}"


def _is_unprintable(*texts: str | None) -> bool:
    return not all((text or "").isprintable() for text in texts)
