"""`panoptes token`: makes, lists and revokes tokens.

What a script may want goes to the output, what people are told beside it to the error output.
"""

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from datetime import datetime, timedelta

from panoptes.cli.session import opened_database
from panoptes.common import clock
from panoptes.config.options import add_settings

MAX_DAYS = 36_500
ROLES = {
    "report": "report runs, for Snakemake",
    "view": "look at everything",
    "admin": "report, look and change",
}
SHOWN_ONCE = "It is shown this once. To use it:"
# Each with the roles that have a use for it.
USES = (
    (("report", "admin"), "Snakemake 5.32 to 8:    export WMS_MONITOR_TOKEN=TOKEN"),
    (("report", "admin"), "every Snakemake:        http://me:TOKEN@HOST:5000 as its address"),
    (("view", "admin"), "curl:                   curl http://me:TOKEN@HOST:5000/api/workflows"),
    (("view", "admin"), "a browser:              give it to the page that asks for it"),
)
NEW_DATABASE = (
    "This database was made just now. A server with another one knows nothing of this token: name"
    " that one with --db-url or PANOPTES_DB_URL."
)
NOBODY_LOOKS = "No token may look at the pages yet: panoptes token add NAME --role view"


def add_to(parser: ArgumentParser) -> None:
    """Give the command's parser what it takes."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    adding = _action(actions.add_parser, "add", "make a token, and show it once", add)
    adding.add_argument("name", metavar="NAME", help="who it is for; owns the runs it registers")
    adding.add_argument(
        "--role",
        choices=ROLES,
        default="report",
        help="; ".join(f"{role}: {may}" for role, may in ROLES.items()) + " [default: report]",
    )
    adding.add_argument("--expires", type=_days, metavar="DAYS", help="[default: never]")
    listing = _action(actions.add_parser, "list", "list the tokens", show)
    listing.add_argument("--all", action="store_true", help="the revoked ones too")
    revoking = _action(actions.add_parser, "revoke", "take a token's rights", revoke)
    revoking.add_argument("name", metavar="NAME", help="as it was added")


def _action(
    add_parser: Callable[..., ArgumentParser],
    name: str,
    meaning: str,
    run: Callable[[Namespace], int],
) -> ArgumentParser:
    made = add_parser(name, help=meaning, description=meaning, allow_abbrev=False)
    add_settings(made, "db_url")
    made.set_defaults(run=run)
    return made


def _days(text: str) -> timedelta:
    try:
        days = float(text)
    except ValueError:
        days = 0.0
    if not 0 < days <= MAX_DAYS:
        raise ArgumentTypeError(f"'{text}' is no number of days above 0 (at most {MAX_DAYS})")
    return timedelta(days=days)


def add(options: Namespace) -> int:
    """Make a token and print its secret."""
    with opened_database(options) as opened:
        from panoptes.database.connections import writing
        from panoptes.models import token as verbs
        from panoptes.queries.tokens import all_tokens

        now = clock.utcnow()
        expires = now + options.expires if options.expires else None
        role = verbs.Role(options.role)
        with writing() as connection:
            secret = verbs.add(connection, options.name, role, expires, now)
        _tell(f"Token '{options.name.strip()}' in {opened.name} may {ROLES[options.role]}.")
        _tell("\n  ".join([SHOWN_ONCE, *(use for roles, use in USES if options.role in roles)]))
        if opened.is_new:
            _tell(NEW_DATABASE)
        if not any(
            verbs.Right.READ in each.rights and each.is_valid(now)
            for each in all_tokens(opened.engine)
        ):
            _tell(NOBODY_LOOKS)
        print(secret)
    return 0


def show(options: Namespace) -> int:
    """Print a table of the tokens, without their secrets."""
    with opened_database(options) as opened:
        from panoptes.queries.tokens import all_tokens

        now = clock.utcnow()
        found = [
            token for token in all_tokens(opened.engine) if options.all or not token.revoked_at
        ]
        if not found:
            _tell(f"No token in {opened.name}: nobody needs one, and everybody may do everything.")
            return 0
        rows = [("NAME", "ROLE", "ADDED", "ENDS")]
        for token in found:
            end = _end(token.expires_at, token.revoked_at, now)
            rows.append((token.name, token.role.value, f"{token.created_at:%Y-%m-%d}", end))
        width = max(len(row[0]) for row in rows)
        for name, role, added, end in rows:
            print(f"{name:<{width}}  {role:<6}  {added:<10}  {end}")
    return 0


def _end(expires: datetime | None, revoked: datetime | None, now: datetime) -> str:
    if revoked is not None:
        return f"revoked {revoked:%Y-%m-%d}"
    if expires is None:
        return "never"
    return f"{'expired ' if expires <= now else ''}{expires:%Y-%m-%d %H:%M} UTC"


def revoke(options: Namespace) -> int:
    """Take a token's rights."""
    with opened_database(options) as opened:
        from panoptes.database.connections import writing
        from panoptes.models import token as verbs
        from panoptes.queries.tokens import all_tokens

        with writing() as connection:
            verbs.revoke(connection, options.name, clock.utcnow())
        _tell(f"Token '{options.name}' is revoked; running servers know it within a second.")
        _tell("Runs that it has registered are recorded to their end.")
        if all(token.revoked_at for token in all_tokens(opened.engine)):
            _tell("That was the last one: from now on nobody needs a token.")
    return 0


def _tell(text: str) -> None:
    print(text, file=sys.stderr)
