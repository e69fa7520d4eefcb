"""`panoptes token`: making, listing and revoking tokens."""

from collections.abc import Callable

import pytest

from panoptes.cli import main, token
from panoptes.models.token import MAX_NAME, Role
from tests.cli.said import Said
from tests.conftest import Clock

Command = Callable[..., Said]


@pytest.fixture
def command(database_url: str, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `panoptes token` on a database of each kind."""

    def run(*words: str) -> Said:
        code = main.main(["token", *words, "--db-url", database_url])
        return Said(code, *capsys.readouterr())

    return run


def test_a_token_is_shown_once_and_alone_on_the_output(command: Command) -> None:
    said = command("add", "me", "--role", "admin")
    secret = said.out.strip()
    assert said.code == 0
    assert len(secret) >= 43, "32 random bytes"
    assert secret not in said.err
    assert secret not in command("list").out


def test_two_tokens_are_never_alike(command: Command) -> None:
    assert command("add", "a").out != command("add", "b").out


def test_the_list_tells_what_each_token_may_and_until_when(command: Command, time: Clock) -> None:
    command("add", "laptop")
    command("add", "wall", "--role", "view", "--expires", "1.5")
    time.move(days=2)
    command("add", "lea", "--role", "admin", "--expires", "30")
    rows = [line.split() for line in command("list").out.splitlines()]
    assert rows == [
        ["NAME", "ROLE", "ADDED", "ENDS"],
        ["laptop", "report", "2026-11-23", "never"],
        ["wall", "view", "2026-11-23", "expired", "2026-11-24", "21:00", "UTC"],
        ["lea", "admin", "2026-11-25", "2026-12-25", "09:00", "UTC"],
    ]


def test_a_revoked_token_is_listed_only_when_all_are_wanted(command: Command, time: Clock) -> None:
    command("add", "laptop")
    command("add", "other")
    assert command("revoke", "laptop").code == 0
    assert "laptop" not in command("list").out
    assert "laptop  report  2026-11-23  revoked 2026-11-23" in command("list", "--all").out


def test_a_revoked_name_is_free_again(command: Command) -> None:
    first = command("add", "me").out
    assert command("add", "me").code == 2
    command("revoke", "me")
    assert command("add", "me").out not in ("", first)


def test_revoking_what_is_not_there_is_told_in_a_line(command: Command) -> None:
    said = command("revoke", "nobody")
    assert said.code == 2
    assert said.err == "panoptes: There is no token 'nobody', or it is revoked already.\n"


def test_revoking_the_last_one_says_what_follows(command: Command) -> None:
    command("add", "a")
    command("add", "b")
    assert "nobody needs a token" not in command("revoke", "a").err
    assert "nobody needs a token" in command("revoke", "b").err
    assert "everybody may do everything" in command("list").err


def test_that_nobody_may_look_is_told_until_somebody_may(command: Command) -> None:
    assert token.NO_VIEWER in command("add", "a").err
    assert token.NO_VIEWER not in command("add", "b", "--role", "view").err
    assert token.NO_VIEWER not in command("add", "c").err


def test_that_its_file_was_not_there_before_is_told(command: Command, database_url: str) -> None:
    is_file = database_url.startswith("sqlite")
    assert (token.NEW_DATABASE in command("add", "a").err) == is_file
    assert token.NEW_DATABASE not in command("add", "b").err


@pytest.mark.parametrize(
    "name",
    [
        "",
        "  ",
        "\0",
        "a\nb",
        "\u200b",
        "le\u200ba",
        "lea\ufe0f",
        "le\u2800a",
        "le  a",
        "x" * (MAX_NAME + 1),
    ],
)
def test_a_name_has_to_be_one(command: Command, name: str) -> None:
    assert command("add", name).code == 2


@pytest.mark.parametrize("days", ["0", "-1", "x", "nan", "inf", "1e9"])
def test_an_end_is_a_number_of_days(command: Command, days: str) -> None:
    said = command("add", "me", f"--expires={days}")
    assert (said.code, said.out) == (2, "")
    assert f"'{days}' is not a number of days above 0" in said.err


def test_the_roles_of_the_command_are_those_of_tokens() -> None:
    assert list(token.ROLES) == [role.value for role in Role]


def test_a_database_that_cannot_be_used_is_told_in_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main.main(["token", "list", "--db-url", "mysql://me:secret@x"]) == 2
    assert capsys.readouterr().err.startswith("panoptes: 'mysql://x' is no database URL")
