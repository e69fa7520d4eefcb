"""Package metadata of panoptes-ui; tool settings live in pyproject.toml."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from setuptools import find_packages, setup

HERE = Path(__file__).parent
URL = "https://github.com/panoptes-organization/panoptes"
VERSION = re.search(r'__version__ = "(.+)"', (HERE / "panoptes/__init__.py").read_text())[1]

# Everything in a build folder goes into the package, and a checkout's own `build` may have modules
# and migrations of an earlier version.
BUILD = TemporaryDirectory(prefix="panoptes-build-")

POSTGRES = ["psycopg[binary]>=3.2.3"]
NOTIFY = ["apprise>=1.9"]
TEST = [
    "axe-playwright-python>=0.1.4",
    "bandit>=1.8",
    "build>=1.2",
    "check-wheel-contents>=0.6.2",
    "gunicorn>=22; sys_platform != 'win32'",
    "hypothesis>=6.100",
    "jsonschema-rs>=0.60",
    "mypy>=1.11",
    "pip-audit>=2.7",
    "playwright>=1.47",
    "pytest>=8.3",
    "pytest-xdist>=3.6",
    "pyyaml>=6",
    "ruff>=0.8",
    "schemathesis>=4.32",
    "standardwebhooks>=1.1",
    "twine>=6.1",
    *NOTIFY,
    *POSTGRES,
]


def description() -> str:
    """Return the README with links that lead somewhere where its neighbours are missing."""
    text = (HERE / "README.md").read_text(encoding="utf-8")
    text = re.sub(r"\]\((?!https?:|#)", f"]({URL}/blob/v{VERSION}/", text)
    return text.replace(".png)", ".png?raw=true)")


setup(
    name="panoptes-ui",
    version=VERSION,
    description="Watch computational workflows: which run, which failed and why",
    long_description=description(),
    long_description_content_type="text/markdown",
    url=URL,
    license_expression="MIT",
    options={"build": {"build_base": BUILD.name}},
    packages=find_packages(include=["panoptes", "panoptes.*"]),
    package_data={
        "panoptes": [
            "py.typed",
            "web/*.json",
            "static/**/*",
            "templates/*.*",
        ],
    },
    python_requires=">=3.10",
    install_requires=[
        "alembic>=1.16",
        "click>=8.1.3",
        "flask>=3.0",
        "humanize>=4.12",
        "jinja2>=3.1.2",
        "orjson>=3.10",
        "prometheus-client>=0.20",
        "rich>=13.0",
        "sqlalchemy>=2.0.31",
        "waitress>=3.0.1,<3.1",  # server/waitress.py builds on its insides.
    ],
    extras_require={"notify": NOTIFY, "postgres": POSTGRES, "test": TEST},
    entry_points={"console_scripts": ["panoptes = panoptes.cli.main:main"]},
    classifiers=[
        "Environment :: Web Environment",
        "Framework :: Flask",
        "Intended Audience :: Science/Research",
        "Programming Language :: Python :: 3",
        *(f"Programming Language :: Python :: 3.{minor}" for minor in range(10, 15)),
        "Topic :: Scientific/Engineering :: Bio-Informatics",
        "Topic :: System :: Monitoring",
    ],
)
