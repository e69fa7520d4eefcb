"""Two runs beside each other, as the API gives them. Durations are seconds."""

from typing import Any

from panoptes.analysis.comparison import Failure, RulePair, RuleTimes, failures, pace, pairs
from panoptes.queries.comparison import differences, failed_jobs, rule_times
from panoptes.queries.results import RunView
from panoptes.render.workflow_json import history_json

_NO_TIMES = RuleTimes(0, None, 0.0)


def comparison_json(run: RunView, other: RunView) -> dict[str, Any]:
    """Return a run beside another: its rules, failures and settings."""
    of_rules = pairs(rule_times(run), rule_times(other))
    told = failures(failed_jobs(run), failed_jobs(other))
    return {
        "run": history_json(run),
        "with": history_json(other),
        "slower": pace(of_rules).value,
        "rules": [_rule_json(pair) for pair in of_rules],
        "failures": {
            "new": [_failure_json(failure) for failure in told.new],
            "same": [
                {**_failure_json(failure), "same_words": same_words}
                for failure, same_words in told.same
            ],
            "gone": [_failure_json(failure) for failure in told.gone],
        },
        "differs": {
            each.name: {"run": each.this, "with": each.other} for each in differences(run, other)
        },
    }


def _rule_json(pair: RulePair) -> dict[str, Any]:
    this, other = pair.this or _NO_TIMES, pair.other or _NO_TIMES
    return {
        "name": pair.name,
        "jobs": this.jobs,
        "median": this.median,
        "total": this.total,
        "with_jobs": other.jobs,
        "with_median": other.median,
        "with_total": other.total,
        "ratio": pair.ratio,
        "differs": pair.differs,
        "is_slower": pair.is_slower,
        "is_new": pair.other is None,
        "is_gone": pair.this is None,
    }


def _failure_json(failure: Failure) -> dict[str, Any]:
    return {
        "jobid": failure.key,
        "name": failure.rule,
        "wildcards": failure.about,
        "error": failure.words,
    }
