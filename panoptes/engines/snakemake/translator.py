"""Messages of a Snakemake -> neutral events, with what has to be remembered between them.

Which command and which error text belong to which job, subworkflows that count their jobs from 0
again, totals that are those of the whole DAG, doubled messages, ends that no message tells: all of
it is worked out here and kept in `State`, and nobody else knows of it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from operator import attrgetter
from typing import Any

from panoptes.common.status import Status
from panoptes.engines import events
from panoptes.engines.events import Event, GraphTold, JobId, LogLine, LogTail, Outcome
from panoptes.engines.interface import Engine, KnownJob, Lookup, Repeated
from panoptes.engines.snakemake import error_texts, groups, sayings
from panoptes.engines.snakemake.error_texts import ErrorText, Subject
from panoptes.engines.snakemake.groups import Group
from panoptes.engines.snakemake.levels import read_sent
from panoptes.engines.snakemake.reasons import kind_of_reason
from panoptes.engines.snakemake.sayings import DIGEST_LENGTH

# Snakemake 8 sends everything twice; copies were seen up to 5 messages apart.
REMEMBERED_MESSAGES = 32
# No run has as many jobs; sums over all runs stay below what a column holds.
MAX_TOTAL = 10**12
MAX_TEXT = 10_000
STOPPED_SILENTLY = "Snakemake stopped without saying how the run ended. Did it crash?"
STOPPED_EARLY = "Snakemake ended while jobs of this run were still running. Was it interrupted?"
# All that Snakemake 9 says where `--archive`, `--summary` and the like fail. A run that is meant to
# run jobs says more before, unless its Snakefile itself can't be read: with other errors, mostly.
_FAILED_LOOK = re.compile(
    r"(?:OS|FileNotFound|FileExists|Permission|IsADirectory|NotADirectory)Error"
    r"|Missing(?:Input|Rule)Exception"
)


@dataclass(slots=True)
class State:
    """What is remembered of a run from one message to the next.

    `part` numbers the subworkflows, `part_base` is the total of the parts before it. `planned` and
    `dag_total` are the jobs of this part, as the plan and as the progress counts them.
    `job_without_command` and `job_without_text` are [key, part] of the job that the next shell
    command and the next error text may be about. `group` is the group announced last, `unsubmitted`
    those that no cluster has taken yet. `waiting` are texts that no job took; `fresh`: the message
    before brought one. `quiet`: the command has --quiet (5.32 to 8 tell it), so that no job that is
    done is reported; `jobs_ended`: none runs any more. `names_jobs`: a job was announced (none is
    in 9 with --quiet). The end was `presumed` where silence after an error may be it, and `guessed`
    where nothing says why. `recent` holds digests, one behind the other.
    """

    part: int = 0
    part_base: int = 0
    planned: int | None = None
    dag_total: int | None = None
    nested: bool = False
    has_checkpoint: bool = False
    complete: bool = False
    exiting: str | None = None
    jobs_ended: bool = False
    names_jobs: bool = False
    quiet: bool = False
    started: bool = False
    group: str | None = None
    unsubmitted: list[Group] = field(default_factory=list)
    job_without_command: list[Any] | None = None
    job_without_text: list[Any] | None = None
    waiting: list[ErrorText] = field(default_factory=list)
    fresh: bool = False
    presumed: bool = False
    guessed: bool = False
    recent: str = ""

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> "State":
        """Return what `dump` returned, after its way through JSON."""
        state = cls(**stored)
        state.waiting = [ErrorText(*text) for text in state.waiting]
        return state

    def dump(self) -> dict[str, Any]:
        """Return what JSON can hold: all that isn't as it was at the beginning."""
        values = zip(_BEGINNING.items(), _values(self), strict=True)
        return {name: value for (name, before), value in values if value != before}

    def remember(self, digest: str) -> bool:
        """Remember a message; return whether it is new and not a copy of one."""
        at = self.recent.find(digest)
        while at % DIGEST_LENGTH and at > 0:  # It may begin in the middle of another one.
            at = self.recent.find(digest, at + 1)
        if at >= 0:
            return False
        self.recent = (self.recent + digest)[-DIGEST_LENGTH * REMEMBERED_MESSAGES :]
        return True


_BEGINNING = {each.name: getattr(State(), each.name) for each in fields(State)}
_values = attrgetter(*_BEGINNING)


def translate(
    stored: Mapping[str, Any], message: sayings.Message, lookup: Lookup
) -> tuple[Mapping[str, Any], Sequence[Event]]:
    """Return the state after a message and the events that it means. Raises Repeated."""
    state = State.load(stored)
    if message.digest is not None and not state.remember(message.digest):
        raise Repeated
    translation = _Translation(state, lookup, follows_text=state.fresh)
    state.fresh = False
    for saying in message.sayings:
        _HANDLERS[type(saying)](translation, saying)
    found = translation.events
    if message.time is not None:
        found = [replace(event, time=message.time) for event in found]
    return state.dump(), found


class _Translation:
    """The translation of one message: `events` are those that it means so far.

    `follows_text`: the message before was an error's text.
    """

    def __init__(self, state: State, lookup: Lookup, *, follows_text: bool) -> None:
        self.state = state
        self.follows_text = follows_text
        self.lookup = lookup
        self.run = lookup.run
        self.events: list[Event] = []

    def id_of(self, key: str) -> JobId:
        """Return a job of the current part."""
        return JobId(key, self.state.part)

    # --- jobs -------------------------------------------------------------------------------------

    def job_info(self, info: sayings.JobInfo) -> None:
        """Take a job that is about to run, starts again, or was known by its key alone."""
        state, job_id, details = self.state, self.id_of(info.key), dict(info.details)
        state.names_jobs = True
        if info.in_group and state.group:
            details["group_name"] = state.group
            state.unsubmitted = groups.join(
                state.unsubmitted, info.key, info.rule, details.get("wildcards")
            )
        job = self.lookup.job(job_id)
        if job is None or not job.rule or job.status not in (Status.DONE, Status.CANCELLED):
            # Otherwise it is a copy, or came late.
            self._begins(job)
            state.job_without_command = None if "shell_command" in details else list(job_id)
            state.has_checkpoint |= bool(details.get("is_checkpoint"))
        reason = kind_of_reason(details.get("reason"))
        self.events.append(events.JobSeen(job_id, info.rule, details, reason=reason))

    def jobs_started(self, started: sayings.JobsStarted) -> None:
        """Take jobs that run (Snakemake 9)."""
        for key in started.keys:
            job_id = self.id_of(key)
            job = self.lookup.job(job_id)
            self._begins(job)
            unreported = error_texts.unreported(self.state.waiting)
            if unreported and job is not None and job.status == Status.RUNNING:
                # It starts again, so it had failed, as no job_error says of a missing output.
                self._fail_with(job_id, unreported[0])
            self.events.append(events.JobStarted(job_id))

    def _begins(self, job: KnownJob | None) -> None:
        if job is None or job.status in (Status.ERROR, Status.PLANNED):
            self.state.complete = False

    def job_done(self, done: sayings.JobDone) -> None:
        """Take a job that came to a good end."""
        job_id = self.id_of(done.key)
        self.state.unsubmitted = groups.without(self.state.unsubmitted, done.key)
        self._goes_on()
        self.events.append(events.JobFinished(job_id, rule=done.rule))
        self._fail_silent_jobs(error_texts.unreported(self.state.waiting), job_id)

    def job_error(self, failed: sayings.JobError) -> None:
        """Take a failed attempt, with the text that belongs to it."""
        job_id = self.id_of(failed.key)
        job = self.lookup.job(job_id)
        self._goes_on()
        if job is not None and job.status not in (Status.RUNNING, Status.PLANNED):
            return  # A copy, or its text has said so; what waits is about another job.
        subject = Subject(
            (job.rule if job else "") or failed.rule,
            job.wildcards if job else failed.details.get("wildcards"),
            failed.details.get("shell_command") or (job.shell_command if job else None),
        )
        own, self.state.waiting = error_texts.take(
            self.state.waiting, subject, latest=self.follows_text
        )
        error = failed.error or (own.text if own else None)
        details = dict(failed.details)
        if job is not None and "log" in details:
            # Of a group that failed, its own log may be named and not its jobs'.
            details["log"] = _with_others(job.log, details["log"])
        self.state.unsubmitted = groups.without(self.state.unsubmitted, failed.key)
        self.events.append(events.JobFailed(job_id, failed.rule, error, details))
        may_follow = failed.text_follows and (own is None or own.from_traceback)
        self.state.job_without_text = list(job_id) if may_follow else None
        self._fail_silent_jobs(error_texts.unreported(self.state.waiting), job_id)

    def shell_command(self, shell: sayings.ShellCommand) -> None:
        """Give a command to its job."""
        job_id = self.id_of(shell.key) if shell.key is not None else None
        if job_id is None and self.state.job_without_command:
            job_id, self.state.job_without_command = JobId(*self.state.job_without_command), None
        if job_id is not None:
            self.events.append(events.JobTold(job_id, {"shell_command": shell.command}))

    def submitted(self, submitted: sayings.Submitted) -> None:
        """Take the ids that a cluster gave to jobs, and the log that it writes of them."""
        for name, external_id in submitted.external_ids.items():
            keys, self.state.unsubmitted = groups.take(self.state.unsubmitted, name)
            for job_id in map(self.id_of, keys):
                details: dict[str, Any] = {"external_id": external_id}
                if submitted.log is not None and (job := self.lookup.job(job_id)):
                    details["log"] = _with_others(job.log, [submitted.log])
                self.events.append(events.JobTold(job_id, details))

    def job_used(self, used: sayings.JobUsed) -> None:
        """Take what a job used."""
        self.events.append(events.JobTold(self.id_of(used.key), {"usage": used.usage}))

    def group_info(self, group: sayings.GroupInfo) -> None:
        """Remember the group of the jobs to come."""
        self.state.group = group.name
        self.state.unsubmitted = groups.begin(self.state.unsubmitted)

    # --- totals -----------------------------------------------------------------------------------

    def job_stats(self, stats: sayings.JobStats) -> None:
        """Take the plan; a dry run tells it twice."""
        if self.state.planned is not None:
            self.events.append(events.Alive())
            return
        total = self._expect(stats.total)
        self.events.append(events.Planned(total, stats.rules))

    def progress(self, progress: sayings.ProgressCounts) -> None:
        """Take Snakemake's own counts.

        Its total is that of the whole DAG: too large to the end with --until, right where a
        checkpoint made the DAG grow. So the plan stands unless there was a checkpoint.
        """
        state, run, done = self.state, self.run, progress.done
        if done == 0 and state.planned is not None and run.jobs_running == run.jobs_known > 0:
            # The plugin before 0.3 tells a dry run so: no job done, jobs announced, no job done.
            self.dry_run()
            return
        if done:
            # A total that grows while jobs end is a checkpoint's work, also where no job said so.
            grows = state.dag_total is not None and progress.total > state.dag_total
            state.has_checkpoint |= grows
            state.dag_total = progress.total
        total = None
        if state.planned is None or state.has_checkpoint:
            total = self._expect(max(state.planned or 0, progress.total))
        counted = state.part_base + done
        self.events.append(events.Progress(counted, total))
        # A total can fall to what is done while jobs run: a checkpoint made the DAG smaller.
        if done >= progress.total > 0 and not state.nested and self._covers_all_begun(counted):
            state.complete = True
            self._succeed()

    def _covers_all_begun(self, counted: int) -> bool:
        """Return whether Snakemake's count of finished jobs leaves none that still runs."""
        return counted >= self.run.jobs_done + self.run.jobs_running

    def _expect(self, jobs: int) -> int:
        self.state.planned = jobs
        return min(self.state.part_base + jobs, MAX_TOTAL)

    # --- error texts ------------------------------------------------------------------------------

    def error_message(self, error: sayings.ErrorMessage) -> None:
        """Give an error's text to the failed job that it is about, or keep it for one to come."""
        state = self.state
        if error.fails_job and error.key is not None:
            # No client sends a job_error for a missing output.
            self.job_error(sayings.JobError(error.key, error=error.text))
            return
        failed = self._failed_before(error)
        for job in failed:
            self.events.append(events.JobTold(JobId(job.key, job.part), error=error.text))
        if failed:
            state.job_without_text = None
            return
        if state.guessed:
            self._explain_the_end(error.text)
        elif error.raised:
            self._take_raised(error)
        elif not self.run.jobs_known:
            self._suspect_the_end(error.text)

    def _take_raised(self, error: sayings.ErrorMessage) -> None:
        """Take an exception that comes before what it means, or ends Snakemake itself."""
        if self.run.status is Status.DONE and error.text not in ("RuleException", "WorkflowError"):
            self.events.append(events.RunFailing(error.text))  # Of its `onsuccess`.
            return
        self._keep(ErrorText(error.text, unreported=error.fails_job))
        job = self._failed_silently(error.text)
        if job is not None:
            self._fail_with(JobId(job.key, job.part), self.state.waiting[-1])
        elif error.is_bare:
            self._presume_the_end(error.text)
        else:
            self._suspect_the_end(error.text)

    def _keep(self, text: ErrorText) -> None:
        """Let a text wait; the traceback that stands before an error's text says nothing more."""
        waiting = self.state.waiting
        replaces = not text.from_traceback and self.follows_text and waiting
        if replaces and waiting[-1].from_traceback:
            waiting = waiting[:-1]
        self.state.waiting = error_texts.add(waiting, text)
        self.state.fresh = True

    def _failed_before(self, error: sayings.ErrorMessage) -> Sequence[KnownJob]:
        """Return the jobs whose failure came before this text, which is theirs."""
        if error.group is not None:
            return self.lookup.failed_of_group(error.group)
        if error.key is not None:
            job = self.lookup.job(self.id_of(error.key))
        elif error.raised and self.state.job_without_text:
            job = self.lookup.job(JobId(*self.state.job_without_text))
            # Of a shell's failure no text follows but one that quotes the command.
            if job is None or not error_texts.may_follow(error.text, _subject(job)):
                return []
        else:
            return []
        return [job] if job is not None and job.status == Status.ERROR else []

    def _failed_silently(self, text: str) -> KnownJob | None:
        """Return the running job whose rule a text names, and its files where several run.

        No job_error comes of what fails when a job has run (`ensure`), nor of what makes Snakemake
        itself end (an unknown name in a command).
        """
        rule = error_texts.named_rule(text)
        if rule is None or error_texts.is_of_the_plan(text):
            return None
        jobs = self.lookup.running_jobs_of(rule)
        if len(jobs) > 1:
            lines = set(text.split("\n"))
            jobs = [job for job in jobs if lines.intersection(job.output or ())]
        return jobs[0] if len(jobs) == 1 else None

    def _fail_with(self, job_id: JobId, text: ErrorText) -> None:
        self.state.waiting = [other for other in self.state.waiting if other is not text]
        self.events.append(events.JobFailed(job_id, error=text.text))

    def _fail_silent_jobs(self, texts: Sequence[ErrorText], ended: JobId | None = None) -> bool:
        """Fail all jobs that still run if a text waits for each; return whether none is left.

        Snakemake 9 doesn't say which job a text is about. The job `ended` ends with this message.
        """
        if not texts or self.run.jobs_running - (ended is not None) > len(texts):
            return False
        jobs = [job for job in self.lookup.running_jobs() if (job.key, job.part) != ended]
        if len(jobs) > len(texts):
            return False
        for job, text in zip(jobs, texts, strict=False):
            self._fail_with(JobId(job.key, job.part), text)
        return True

    def _presume_the_end(self, text: str) -> None:
        """Take an error of Snakemake 9 for the end where no job is left that could still run.

        Its words are a class's name, and no other end follows. `_goes_on` takes it back.
        """
        run, state = self.run, self.state
        if state.complete and run.status is Status.DONE:
            state.waiting = state.waiting[:-1]
        elif error_texts.is_of_the_plan(text) or self._fail_silent_jobs(
            error_texts.errors(state.waiting)
        ):
            state.presumed = True
            self._fail_without_jobs(text)
        elif not (state.waiting[-1].unreported and state.names_jobs):
            # A job_error follows at once, where it is a job's and --quiet doesn't keep it back.
            state.presumed = True
            self.events.append(events.EndSuspected(text))

    def _goes_on(self) -> None:
        """Take back an end that was presumed: Snakemake is heard of again."""
        if self.state.presumed:
            self.state.presumed = False
            self.events.append(events.Alive())

    def _suspect_the_end(self, text: str) -> None:
        """Take an error while nothing runs for the end, unless something follows.

        All that comes of a missing input or a locked folder is one error.
        """
        state, run = self.state, self.run
        all_done = (
            state.planned is not None and run.jobs_done >= state.part_base + state.planned > 0
        )
        if not run.has_ended and not run.jobs_running and not all_done:
            self._fail_without_jobs(text)

    def _fail_without_jobs(self, text: str) -> None:
        looked = not self.state.started and _FAILED_LOOK.fullmatch(text) is not None
        self.events.append(events.RunEnded(Outcome.ERROR, text, only_looked=looked))

    def _explain_the_end(self, text: str) -> None:
        """Take words that came behind the end (8): they replace what was guessed."""
        self.state.guessed = False
        self.events.append(events.RunEnded(Outcome.ERROR, text, is_correction=True))
        for job in self.lookup.unexplained_jobs():
            if error_texts.is_about(text, _subject(job)):
                self.events.append(events.JobTold(JobId(job.key, job.part), error=text))

    def traceback(self, traceback: sayings.Traceback) -> None:
        """Keep a traceback for the failure to come."""
        self._keep(ErrorText(traceback.text, from_traceback=True))

    # --- ends -------------------------------------------------------------------------------------

    def workflow_success(self, _saying: object) -> None:
        """Take that Snakemake 9 ended without an error.

        That is all that an interrupted one says, too: then jobs run that were announced, and that
        its counts (none come with --quiet) don't call finished.
        """
        has_counts = self.state.planned is not None
        announced = any(job.rule for job in self.lookup.running_jobs())
        if has_counts and announced and not self._covers_all_begun(self.run.progress_done):
            self._fail(STOPPED_EARLY)
        else:
            if has_counts and self.state.names_jobs:
                self._skip_nameless_jobs()
            self._succeed()

    def _skip_nameless_jobs(self) -> None:
        """Take jobs that were only started as ones that never ran, where others were announced.

        --immediate-submit skips local rules so.
        """
        if not self._covers_all_begun(self.run.progress_done):
            for job in self.lookup.running_jobs():
                self.events.append(events.JobSkipped(JobId(job.key, job.part)))

    def _succeed(self) -> None:
        self.events.append(events.RunEnded(Outcome.SUCCESS))

    def exiting(self, exiting: sayings.Exiting) -> None:
        """Take the word that the end will be an error."""
        if self.run.status is Status.DONE:
            return
        text = exiting.text
        if exiting.jobs_ended and not self.run.jobs_failed:
            # What waits is more than "look above": no job was called failed (5.32, an input
            # function behind a checkpoint).
            text = error_texts.last_words(self.state.waiting) or text
        self.state.exiting = text[:MAX_TEXT]
        self.state.jobs_ended = exiting.jobs_ended
        self.events.append(events.RunFailing(text))

    def fatal_error(self, error: sayings.FatalError) -> None:
        """Take the last word of a failed run; that all jobs are done is the surer one."""
        is_complete = self.state.complete and self.run.status is Status.DONE
        if self.state.guessed:
            self._explain_the_end(error.text)
        elif not self.state.nested and not is_complete:
            self._finish_unreported()
            self._fail(self.state.exiting or error.text)

    def complete_log(self, complete: sayings.CompleteLog) -> None:
        """Take Snakemake's own end: what came before says how the run went."""
        state, run = self.state, self.run
        failed = run.status is Status.ERROR or state.exiting is not None
        has_ended_well = run.has_ended and run.status is not Status.ERROR
        if state.nested and not failed and not has_ended_well:
            return  # The end of a subworkflow; a failed one ends the main workflow, too.
        self.events.append(events.RunDescribed({"log_file": complete.log}))
        if has_ended_well:
            return
        if failed:
            self._finish_unreported()
            self._fail(state.exiting)
        else:
            self._succeed()

    def _finish_unreported(self) -> None:
        """Take jobs as done that nobody called failed, where Snakemake reports no job that is done.

        So it does with --quiet (5 to 8): all have ended, and those that failed were told, but for
        a `run:` block before 8, which has no command. One of them is to blame where none was told.
        """
        state, run = self.state, self.run
        if not state.jobs_ended or run.jobs_done or run.progress_done:
            return
        if error_texts.unreported(state.waiting):
            return
        is_explained = state.quiet and run.jobs_failed > 0
        for job in self.lookup.running_jobs():
            if is_explained or job.shell_command:
                self.events.append(events.JobFinished(JobId(job.key, job.part)))

    def _fail(self, text: str | None) -> None:
        """End the run with an error; running jobs that a waiting text is about failed with it."""
        state = self.state
        if not self._fail_silent_jobs(error_texts.unreported(state.waiting)):
            for job in self.lookup.running_jobs() if state.waiting else ():
                own = error_texts.sure(state.waiting, _subject(job))
                if own is not None:
                    self._fail_with(JobId(job.key, job.part), own)
        self.events.append(events.RunEnded(Outcome.ERROR, text))

    def nothing_to_run(self, saying: sayings.NothingToRun) -> None:
        """Take the end of a call that runs nothing."""
        if not self.state.nested and not self.run.jobs_known:
            outcome = Outcome.NOTHING_TO_DO
            self.events.append(events.RunEnded(outcome, only_looked=saying.only_looked))

    def started(self, _saying: object) -> None:
        """Take that the workflow was read (Snakemake 9)."""
        self.state.started = True

    def dry_run(self, _saying: object = None) -> None:
        """Take the end of a dry run."""
        self.events.append(events.RunEnded(Outcome.DRY_RUN))

    def locks_removed(self, _saying: object) -> None:
        """Close a run that has no end by now: it will get none."""
        run, words = self.run, error_texts.last_words(self.state.waiting)
        if run.has_ended or (self.state.nested and run.status is not Status.ERROR):
            return
        # Snakemake 8 tells an error that ended it only now; before, its words came already.
        self.state.guessed = words is None and run.error is None
        if run.jobs_known or words:
            self._fail(words or STOPPED_SILENTLY)
        else:
            self.events.append(events.RunEnded(Outcome.NOTHING_TO_DO))

    def subworkflow(self, subworkflow: sayings.Subworkflow) -> None:
        """Begin a part of the run, whose job ids begin at 0 again."""
        state = self.state
        state.part += 1
        state.part_base = self.run.jobs_total
        state.planned = state.dag_total = state.exiting = None
        state.jobs_ended = False
        state.nested = subworkflow.name is not None
        state.complete = False
        self.events.append(events.Alive())

    def alive(self, _saying: object) -> None:
        """Take a sign that Snakemake goes on."""
        self.events.append(events.Alive())

    def described(self, described: sayings.Described) -> None:
        """Take more about the run."""
        self.events.append(events.RunDescribed(described.details))

    def run_over(self, over: sayings.RunOver) -> None:
        """Take that Snakemake exits; an error that ends it came before, but for `over.text`."""
        if self.run.has_ended:
            return
        failed = self.run.status is Status.ERROR or self.state.exiting is not None
        if failed or over.text is not None:
            self._finish_unreported()
            self._fail(self.state.exiting or over.text)
        else:
            if not any(job.rule for job in self.lookup.running_jobs()):
                self._skip_nameless_jobs()
            self._succeed()

    def as_it_is(self, event: LogLine | LogTail | GraphTold) -> None:
        """Take what means the same whatever came before."""
        self.events.append(event)


def _with_others(paths: Sequence[str] | None, more: Sequence[str]) -> list[str]:
    return list(dict.fromkeys([*(paths or ()), *more]))


def _subject(job: KnownJob) -> Subject:
    return Subject(job.rule, job.wildcards, job.shell_command)


_HANDLERS: dict[type, Callable[[_Translation, Any], None]] = {
    sayings.JobInfo: _Translation.job_info,
    sayings.JobsStarted: _Translation.jobs_started,
    sayings.JobDone: _Translation.job_done,
    sayings.JobError: _Translation.job_error,
    sayings.ShellCommand: _Translation.shell_command,
    sayings.Submitted: _Translation.submitted,
    sayings.GroupInfo: _Translation.group_info,
    sayings.JobStats: _Translation.job_stats,
    sayings.ProgressCounts: _Translation.progress,
    sayings.ErrorMessage: _Translation.error_message,
    sayings.Traceback: _Translation.traceback,
    sayings.WorkflowSuccess: _Translation.workflow_success,
    sayings.FatalError: _Translation.fatal_error,
    sayings.Exiting: _Translation.exiting,
    sayings.CompleteLog: _Translation.complete_log,
    sayings.NothingToRun: _Translation.nothing_to_run,
    sayings.Started: _Translation.started,
    sayings.DryRun: _Translation.dry_run,
    sayings.LocksRemoved: _Translation.locks_removed,
    sayings.Subworkflow: _Translation.subworkflow,
    sayings.Alive: _Translation.alive,
    sayings.Described: _Translation.described,
    sayings.RunOver: _Translation.run_over,
    sayings.JobUsed: _Translation.job_used,
    GraphTold: _Translation.as_it_is,
    LogLine: _Translation.as_it_is,
    LogTail: _Translation.as_it_is,
}

SNAKEMAKE = Engine("snakemake", translate, read_sent)
