"""Tests of what engines call the parts of a workflow."""

import pytest

from panoptes.engines.terms import Terms, shared_terms, terms


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


@pytest.mark.parametrize(
    ("rules", "short"),
    [
        (["A:STAR", "A:SORT"], ["STAR", "SORT"]),
        (["A:B:STAR", "A:C:STAR", "SORT"], ["B:STAR", "C:STAR", "SORT"]),
        (["A:B:STAR", "C:B:STAR", "STAR"], ["A:B:STAR", "C:B:STAR", "STAR"]),
        (["A:STAR", "A:STAR"], ["STAR", "STAR"]),
        (["", ":", "A::STAR", "B::STAR"], ["", ":", "A::STAR", "B::STAR"]),
    ],
)
def test_names_are_as_long_as_tells_them_apart(rules: list[str], short: list[str]) -> None:
    found = terms("nextflow").short_names(rules)
    assert [found[rule] for rule in rules] == short
    assert terms("snakemake").short_names(rules) == {rule: rule for rule in rules}


@pytest.mark.parametrize(
    ("engine", "rule", "key", "name"),
    [
        ("nextflow", "RNASEQ:STAR", "RNASEQ:STAR (K7)", "STAR (K7)"),
        ("nextflow", "RNASEQ:STAR", "RNASEQ:STAR", "STAR"),
        ("nextflow", "RNASEQ:STAR", "another (K7)", "another (K7)"),
        ("nextflow", "", "STAR (K7)", "STAR (K7)"),
        ("snakemake", "align", "7", "align"),
        ("snakemake", "", "7", "job 7 (not announced)"),
        ("another", "", "call-x", "job call-x (not announced)"),
    ],
)
def test_a_job_is_called_by_its_rule_or_by_a_name_that_begins_with_it(
    engine: str, rule: str, key: str, name: str
) -> None:
    assert terms(engine).job_name(rule, key) == name


@pytest.mark.parametrize(
    ("engines", "rule", "job"),
    [
        ([], "rule", "job"),
        (["nextflow"], "process", "task"),
        (["nextflow", "miniwdl"], "rule", "task"),
        (["snakemake", "generic"], "rule", "job"),
        (["snakemake", "nextflow"], "rule", "job"),
    ],
)
def test_of_several_engines_words_are_used_that_all_of_them_have(
    engines: list[str], rule: str, job: str
) -> None:
    shared = shared_terms(engines)
    assert (shared.rule, shared.job) == (rule, job)


def test_an_unknown_engine_is_called_by_its_name_and_gets_our_words() -> None:
    assert terms("myEngine") == Terms("MyEngine", "rule", "job", "Main file")
    assert terms("").name == ""


def test_a_sentence_names_the_engine_or_speaks_of_the_program() -> None:
    assert (terms("cwltool").it, terms("cwltool").subject) == ("cwltool", "cwltool")
    assert (terms("generic").it, terms("generic").subject) == ("the program", "The program")
