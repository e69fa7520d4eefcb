"""`panoptes mv`, against a real server."""

from tests.cli.conftest import Command, Report, done


def test_a_workflow_is_renamed_or_moved_into_the_one_that_has_the_name(
    command: Command, report: Report
) -> None:
    first, second = done(report("january")), done(report("february"))
    said = command("mv", "february", "winter")
    assert (said.code, said.out) == (0, f"Workflow {second.id} is winter, at run 1.\n")
    said = command("mv", "winter", "january")
    assert (said.code, said.out) == (0, f"Workflow {first.id} is january, at run 2.\n")
    assert command("mv", "winter", "january").code == 2
