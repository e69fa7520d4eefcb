"""Writes the list of settings into docs/configuration.md: `python -m devtools.settings`."""

import sys
from dataclasses import Field
from pathlib import Path
from typing import Any

from devtools.running import ROOT
from panoptes.config.options import shown_default
from panoptes.config.settings import SETTINGS, flags, is_repeatable, variable

DOCUMENT = ROOT / "docs/configuration.md"
BEGIN = "<!-- settings: python -m devtools.settings writes this list -->\n"
END = "<!-- end of settings -->\n"
HEAD = "| variable | option | default | meaning |\n| --- | --- | --- | --- |\n"


def table() -> str:
    """Return the list of all settings, in Markdown."""
    return HEAD + "".join(f"{row(setting)}\n" for setting in SETTINGS)


def row(setting: Field[Any]) -> str:
    """Return a setting's row, as README.md has it too."""
    options = " ".join(f"`{flag}`" for flag in flags(setting)) or "–"
    default = shown_default(setting)
    default = default if default in ("none", "no", "yes") else f"`{default}`"
    meaning = setting.metadata["help"]
    if is_repeatable(setting):
        separator = setting.metadata["separator"]  # None: any white space, as in str.split.
        between = f"`{separator}`" if separator else "blanks"
        meaning += f" (in the variable: separated by {between})"
    return f"| `{variable(setting)}` | {options} | {default} | {meaning} |"


def with_table(text: str) -> str:
    """Return the document with the list as it is now."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}"


def main(document: Path = DOCUMENT) -> int:
    """Write the list into the document."""
    document.write_text(with_table(document.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
