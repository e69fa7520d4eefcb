"""`panoptes token`: makes, lists and revokes tokens.

What a script may want goes to the output, what only people read to the error output.
"""

from datetime import datetime, timedelta
from functools import partial

import click

from panoptes.cli.session import opened_database
from panoptes.common import clock
from panoptes.config.options import settings_options

MAX_DAYS = 36_500
ROLES = {
    "report": "report runs, for Snakemake",
    "view": "look at everything",
    "member": "report and look, and cancel, rename and delete its own runs",
    "admin": "report, look and change",
}
SHOWN_ONCE = "It is shown only now. To use it:"
_REPORTS, _READS = ("report", "member", "admin"), ("view", "member", "admin")
# Ways to use a token, each with the roles that it is for.
USES = (
    (_REPORTS, "Snakemake 5.32 to 8:    export WMS_MONITOR_TOKEN=TOKEN"),
    (
        ("report", "member", "admin"),
        "every Snakemake:        http://me:TOKEN@HOST:5000 as its address",
    ),
    (
        ("view", "member", "admin"),
        "curl:                   curl http://me:TOKEN@HOST:5000/api/workflows",
    ),
    (_READS, "a browser:              give it to the page that asks for it"),
)
NEW_DATABASE = (
    "This database is new. If your server uses another one, it doesn't know this token: name the"
    " server's database with --db-url or PANOPTES_DB_URL."
)
NO_VIEWER = "No token can open the pages yet: panoptes token add NAME --role member"

_inform = partial(click.echo, err=True)


def _days(_context: click.Context, _option: click.Parameter, value: str | None) -> timedelta | None:
    if value is None:
        return None
    try:
        days = float(value)
    except ValueError:
        days = 0.0
    if not 0 < days <= MAX_DAYS:
        raise click.BadParameter(f"'{value}' is not a number of days above 0, up to {MAX_DAYS}.")
    return timedelta(days=days)


@click.group(no_args_is_help=False)
def token() -> None:
    """Decide who may report, look and change: add, list, revoke."""


@token.command()
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(list(ROLES)),
    default="report",
    help="; ".join(f"{role}: {may}" for role, may in ROLES.items()) + ". [default: report]",
)
@click.option(
    "--expires", callback=_days, metavar="DAYS", help="When it stops working. [default: never]"
)
@settings_options("db_url")
def add(name: str, role: str, expires: timedelta | None, db_url: str | None) -> None:
    """Make a token for NAME, who will own the runs that it registers, and show it once."""
    with opened_database(db_url) as opened:
        from panoptes.database.connections import writing
        from panoptes.models import token as verbs
        from panoptes.queries.tokens import all_tokens

        now = clock.utcnow()
        ends = now + expires if expires else None
        with writing() as connection:
            secret = verbs.add(connection, name, verbs.Role(role), ends, now)
        _inform(f"Token '{name.strip()}' in {opened.name} may {ROLES[role]}.")
        _inform("\n  ".join([SHOWN_ONCE, *(use for roles, use in USES if role in roles)]))
        if opened.is_new:
            _inform(NEW_DATABASE)
        if not any(
            verbs.Right.READ in token.rights and token.is_valid(now)
            for token in all_tokens(opened.engine)
        ):
            _inform(NO_VIEWER)
        print(secret)


@token.command("list")
@click.option("--all", "with_revoked", is_flag=True, help="The revoked ones too.")
@settings_options("db_url")
def list_tokens(with_revoked: bool, db_url: str | None) -> None:
    """List the tokens, without their secrets."""
    with opened_database(db_url) as opened:
        from panoptes.queries.tokens import all_tokens

        now = clock.utcnow()
        tokens = [
            token for token in all_tokens(opened.engine) if with_revoked or not token.revoked_at
        ]
        if not tokens:
            _inform(
                f"No tokens in {opened.name}: nobody needs one, and everybody may do everything."
            )
            return
        width = max(len("NAME"), *(len(token.name) for token in tokens))
        print(f"{'NAME':<{width}}  {'ROLE':<6}  {'ADDED':<10}  ENDS")
        for token in tokens:
            start = f"{token.name:<{width}}  {token.role.value:<6}  {token.created_at:%Y-%m-%d}"
            print(f"{start}  {_end(token.expires_at, token.revoked_at, now)}")


def _end(expires: datetime | None, revoked: datetime | None, now: datetime) -> str:
    if revoked is not None:
        return f"revoked {revoked:%Y-%m-%d}"
    if expires is None:
        return "never"
    return f"{'expired ' if expires <= now else ''}{expires:%Y-%m-%d %H:%M} UTC"


@token.command()
@click.argument("name")
@settings_options("db_url")
def revoke(name: str, db_url: str | None) -> None:
    """Revoke the token that was added for NAME."""
    with opened_database(db_url) as opened:
        from panoptes.database.connections import writing
        from panoptes.models import token as verbs
        from panoptes.queries.tokens import all_tokens

        with writing() as connection:
            verbs.revoke(connection, name, clock.utcnow())
        _inform(f"Token '{name}' is revoked; running servers notice within a second.")
        _inform("Runs that it has registered are still recorded to their end.")
        if all(token.revoked_at for token in all_tokens(opened.engine)):
            _inform("That was the last one: from now on nobody needs a token.")
