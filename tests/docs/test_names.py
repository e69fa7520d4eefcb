"""What the documents call a file, a folder or a module of ours is one."""

import re
from pathlib import Path

import pytest

from devtools.running import ROOT

DOCUMENTS = sorted(
    file
    for pattern in ("*.md", "docs/*.md", "*/README.md", "tests/recordings/README.md")
    for file in ROOT.glob(pattern)
)
# Alone, a name like `config.yaml` may be a reader's own.
FILE = re.compile(r"`((?:\w[\w.-]*/)+(?:[\w-]+\.[\w.]+)?|[\w.-]+\.(?:py|html|md))`")
MODULE = re.compile(r"python -m\s+((?:benchmarks|devtools|panoptes|tests)[\w.]*)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_name_leads_to_what_is_there(document: Path) -> None:
    text = document.read_text()
    modules = {name.replace(".", "/") for name in MODULE.findall(text)}
    missing = {name for name in modules if not is_module(ROOT / name)}
    # One that is named without the package's folder stands in it.
    places = (ROOT, ROOT / "panoptes", document.parent)
    files = set(FILE.findall(text))
    missing |= {name for name in files if not any((place / name).exists() for place in places)}
    assert missing == set()


def is_module(path: Path) -> bool:
    return path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()


def test_the_names_are_found_in_the_text() -> None:
    """Or else the test above would pass for anything."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    assert {"models/", "app.py", "config/settings.py"} & set(FILE.findall(text))
    assert "devtools.settings" in MODULE.findall(text)
