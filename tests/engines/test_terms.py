"""Tests of what engines call the parts of a workflow."""

import pytest

from panoptes.engines.terms import Terms, terms


@pytest.mark.parametrize(
    ("engine", "name", "rules", "jobs"),
    [
        ("snakemake", "Snakemake", "rules", "jobs"),
        ("nextflow", "Nextflow", "processes", "tasks"),
        ("cwltool", "cwltool", "steps", "jobs"),
        ("toil-wdl", "Toil", "calls", "tasks"),
        ("Nextflow", "Nextflow", "processes", "tasks"),
    ],
)
def test_each_engine_has_its_own_words(engine: str, name: str, rules: str, jobs: str) -> None:
    words = terms(engine)
    assert (words.name, words.rules, words.jobs) == (name, rules, jobs)


@pytest.mark.parametrize(
    ("engine", "rule", "own"),
    [
        ("nextflow", "RNASEQ:ALIGN:STAR", ("STAR", "RNASEQ:ALIGN")),
        ("nextflow", "STAR", ("STAR", "")),
        ("nextflow", "STAR:", ("STAR:", "")),
        ("nextflow", ":STAR", (":STAR", "")),
        ("nextflow", "", ("", "")),
        ("nextflow", "STAR (chr1:200)", ("STAR (chr1:200)", "")),
        ("snakemake", "a:b", ("a:b", "")),
    ],
)
def test_a_rule_that_something_holds_has_a_name_of_its_own(
    engine: str, rule: str, own: tuple[str, str]
) -> None:
    assert terms(engine).own_name(rule) == own


def test_an_unknown_engine_is_called_by_its_name_and_gets_our_words() -> None:
    assert terms("myEngine") == Terms("MyEngine", "rule", "job", "Main file")
    assert terms("").name == ""


def test_a_sentence_names_the_engine_or_speaks_of_the_program() -> None:
    assert (terms("cwltool").it, terms("cwltool").subject) == ("cwltool", "cwltool")
    assert (terms("generic").it, terms("generic").subject) == ("the program", "The program")
