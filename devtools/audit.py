"""Looks for known weaknesses in what is installed: `python -m devtools.audit`.

That is pip-audit, whose answer is taken apart because it has no word for "nobody could be asked":
the step is left out then, and only then.
"""

import json
import subprocess
import sys
from typing import NamedTuple

COMMAND = ("pip_audit", "--local", "--skip-editable", "--format", "json", "--progress-spinner=off")
OURS = "distribution marked as editable"
# How pip-audit ends where the service's address leads nowhere.
NO_SERVICE = ("ConnectionError", "ProxyError", "ConnectTimeout", "ReadTimeout", "SSLError")


class Verdict(NamedTuple):
    """Whether CI may go on, and a line that says why."""

    passes: bool
    line: str


def judge(answer: str, errors: str) -> Verdict:
    """Return what pip-audit's answer, JSON or nothing, and its errors say."""
    last = errors.strip().rpartition("\n")[2]
    if not answer and any(name in last for name in NO_SERVICE):
        return Verdict(True, f"LEFT OUT: PyPI's list of weaknesses can't be reached ({last}).")
    told = json.loads(answer)["dependencies"] if answer else []
    packages = [each for each in told if each.get("skip_reason") != OURS]
    unknown = [each["name"] for each in packages if "skip_reason" in each]
    weak = [f"{each['name']} {each['version']}" for each in packages if each.get("vulns")]
    if weak:
        return Verdict(False, f"Known weaknesses: {', '.join(weak)}.")
    if not packages:
        return Verdict(False, f"pip-audit failed: {last}")
    if len(unknown) == len(packages):
        return Verdict(True, "LEFT OUT: PyPI's list of weaknesses knows no package at all here.")
    if unknown:
        return Verdict(False, f"These could not be looked up: {', '.join(unknown)}.")
    return Verdict(True, f"No known weakness in {len(packages)} packages.")


def main() -> int:
    """Run pip-audit and say what came of it."""
    done = subprocess.run([sys.executable, "-m", *COMMAND], capture_output=True, text=True)
    verdict = judge(done.stdout, done.stderr)
    sys.stdout.write(f"{verdict.line}\n")
    if not verdict.passes:
        sys.stdout.write(done.stdout + done.stderr)
    return 0 if verdict.passes else 1


if __name__ == "__main__":
    sys.exit(main())
