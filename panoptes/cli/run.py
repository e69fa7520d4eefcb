"""`panoptes run`: runs a command as it is, and tells the server how it goes."""

import sys

import click

from panoptes.common.errors import CannotRun


@click.command(
    context_settings={"ignore_unknown_options": False, "allow_interspersed_args": False},
    options_metavar="[OPTIONS] [--]",
)
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="COMMAND…")
@click.option("--name", metavar="NAME", default="", help="The workflow's name on the pages.")
@click.option("--url", metavar="URL", help="The server. [default: PANOPTES_URL, else this machine]")
@click.option("--token", metavar="TOKEN", help="Its token. [default: PANOPTES_TOKEN, or ~/.netrc]")
@click.option("--label", "labels", metavar="LABEL", multiple=True, help="May be given repeatedly.")
@click.option("--note", metavar="TEXT", default="", help="A note about this run.")
@click.option("--allow-stop", is_flag=True, help="Let the run be stopped from its page.")
@click.option(
    "--logs",
    type=click.Choice(["none", "failed", "all"]),
    default="failed",
    show_default=True,
    help="Of which jobs the ends of the logs are sent.",
)
@click.option("--quiet", "-q", "is_quiet", is_flag=True, help="Say nothing beside the command.")
def run(
    words: tuple[str, ...],
    name: str,
    url: str | None,
    token: str | None,
    labels: tuple[str, ...],
    note: str,
    logs: str,
    *,
    allow_stop: bool,
    is_quiet: bool,
) -> int:
    """Run a command as it is, and watch it.

    Any command: Snakemake, Nextflow, CWL, WDL or another program. It runs as it would without this,
    in the same terminal, with the same output, signals and exit code. Options of this command come
    before it, all behind its first word are its own.
    """
    from panoptes.sender import BadAddress, find_address
    from panoptes.wrapper.adapter import Wishes
    from panoptes.wrapper.adapters import plan_for
    from panoptes.wrapper.child import CannotStart, become, die_of
    from panoptes.wrapper.command import recognised

    try:
        address = find_address(url, token)
    except BadAddress as error:
        raise CannotRun(str(error)) from error
    wishes = Wishes(address, name, labels, note, allow_stop, logs)
    plan = plan_for(recognised(words), wishes)
    if plan.hint and not is_quiet:
        print(f"panoptes: {plan.hint}", file=sys.stderr)
    try:
        if plan.listen is None:
            become(plan.words, plan.environment)
        from panoptes.wrapper.watch import Watch

        end = Watch(plan, wishes, words, is_quiet=is_quiet).run()
    except CannotStart as error:
        raise CannotRun(str(error), error.code) from error
    if end.signal is not None:
        die_of(end.signal)
        return 128 + end.signal  # As a shell calls it, should that not have been enough.
    return end.status or 0
