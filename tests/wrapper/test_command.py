"""Which program a command is about, and what people would call it."""

import pytest

from panoptes.wrapper.command import recognised

# What is typed -> the program, its place and that of its first argument.
PROGRAMS = {
    "cwltool a.cwl": ("cwltool", 0, 1),
    "/opt/env/bin/cwltool --debug a.cwl": ("cwltool", 0, 1),
    "python3 -m cwltool a.cwl": ("cwltool", 0, 3),
    "python -u -m toil.cwl.cwltoil a.cwl": ("toil.cwl.cwltoil", 0, 4),
    "/usr/bin/python3.12 /opt/env/bin/snakemake -j1": ("snakemake", 0, 2),
    "env X=1 Y= snakemake -j1": ("snakemake", 3, 4),
    "env -u HOME -i X=1 snakemake": ("snakemake", 5, 6),
    "nice -n 5 snakemake": ("snakemake", 3, 4),
    "nice -5 nice -n5 snakemake": ("snakemake", 4, 5),
    "time -v nohup snakemake -n": ("snakemake", 3, 4),
    "timeout -k 5 1h snakemake": ("snakemake", 4, 5),
    "conda run -n bio --no-capture-output snakemake -j1": ("snakemake", 5, 6),
    "uv run snakemake": ("snakemake", 2, 3),
    "srun -n 1 --mem=4G snakemake": ("snakemake", 4, 5),
    "env nice python -m snakemake -j1": ("snakemake", 2, 5),
    # Nothing of these is certain.
    "srun --export ALL snakemake": ("srun", 0, 1),
    "env -S snakemake": ("env", 0, 1),
    "conda install snakemake": ("conda", 0, 1),
    "nice": ("nice", 0, 1),
    "env X=1": ("env", 0, 1),
    "timeout 5": ("timeout", 0, 1),
    "python": ("python", 0, 1),
    "python -c snakemake": ("python", 0, 1),
    "python -m": ("python", 0, 1),
    "bash pipeline.sh": ("bash", 0, 1),
}
TITLES = {
    "bash pipeline.sh -x": "pipeline.sh",
    "env X=1 bash -eu work/pipeline.sh": "pipeline.sh",
    "bash -c 'rm x'": "bash",
    "Rscript plot.R": "plot.R",
    "python count.py": "count.py",
    "make -j8": "make",
    "bash": "bash",
}


@pytest.mark.parametrize("typed", PROGRAMS)
def test_the_program_is_found_behind_what_starts_it(typed: str) -> None:
    command = recognised(typed.split())
    assert (command.name, command.program, command.first) == PROGRAMS[typed]
    assert (*command.starter, *command.arguments) == command.words == tuple(typed.split())


@pytest.mark.parametrize("typed", TITLES)
def test_a_script_has_a_better_name_than_its_shell(typed: str) -> None:
    assert recognised(typed.split()).title == TITLES[typed]


def test_options_are_put_before_an_argument() -> None:
    command = recognised(["nice", "miniwdl", "run", "a.wdl"])
    assert command.with_options("--x", at=1) == ("nice", "miniwdl", "run", "--x", "a.wdl")
