"""A command is shown without its passwords and tokens, and can still be typed."""

import shlex

import pytest

from panoptes.sender import without_secrets


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("snakemake -j2 --config sample=a", "snakemake -j2 --config sample=a"),
        ("snakemake --my-token abc -n", "snakemake --my-token '***' -n"),
        ("snakemake --my-password=abc", "snakemake '--my-password=***'"),
        ("snakemake --config api_key=abc k=2", "snakemake --config 'api_key=***' k=2"),
        ("x https://me:pw@host/a", "x 'https://***@host/a'"),
        ("x 's3://b?X-Amz-Signature=abc&n=1'", "x 's3://b?X-Amz-Signature=***&n=1'"),
        ("x --config 'db={\"password\": \"abc\"}'", "x --config 'db={\"password\": ***'"),
        ("snakemake --secret-file --quiet", "snakemake --secret-file --quiet"),
        ("snakemake 'a b' --tokenize", "snakemake 'a b' --tokenize"),
    ],
)  # fmt: skip
def test_secrets_are_blotted_out(typed: str, shown: str) -> None:
    assert without_secrets(shlex.split(typed)) == shown
