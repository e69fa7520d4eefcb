"""The tables, and every transition with its guard."""

from panoptes.common.status import Status
from panoptes.models.estimate import Estimate
from panoptes.models.held_message import HeldMessage
from panoptes.models.job import Attempt, Job
from panoptes.models.log_text import LogText
from panoptes.models.message import Message
from panoptes.models.notification import Notification
from panoptes.models.rule import Rule
from panoptes.models.rule_times import RuleTimes
from panoptes.models.rule_usage import RuleUsage
from panoptes.models.run import Run
from panoptes.models.run_label import RunLabel
from panoptes.models.sample import Wildcard, WildcardCount
from panoptes.models.token import Token
from panoptes.models.workflow import Workflow

__all__ = [
    "Attempt",
    "Estimate",
    "HeldMessage",
    "Job",
    "LogText",
    "Message",
    "Notification",
    "Rule",
    "RuleTimes",
    "RuleUsage",
    "Run",
    "RunLabel",
    "Status",
    "Token",
    "Wildcard",
    "WildcardCount",
    "Workflow",
]
