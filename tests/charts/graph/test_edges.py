"""Which rule feeds which."""

import time
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panoptes.charts.graph.edges import Graph, JobFiles, rule_graph

Lists = tuple[str, ...] | list[str]


def job(rule: str, output: Lists = (), input: Lists = (), **wildcards: str) -> JobFiles:  # noqa: A002
    return JobFiles(rule, wildcards, input, output)


def edges(*jobs: JobFiles) -> list[str]:
    return [f"{source}→{target}" for source, target in rule_graph(jobs).edges]


def test_a_rule_feeds_those_that_read_its_files() -> None:
    graph = rule_graph(
        [
            job("make", ["raw/a.txt"], s="a"),
            job("make", ["raw/b.txt"], s="b"),
            job("merge", ["all.txt"], ["raw/a.txt", "raw/b.txt"]),
            job("all", [], ["all.txt"]),
        ]
    )
    assert graph.rules == ("all", "make", "merge")
    assert graph.edges == (("make", "merge"), ("merge", "all"))
    assert graph.targets == ("all",)


def test_no_jobs_make_an_empty_graph() -> None:
    assert rule_graph([]) == Graph()


def test_what_lies_in_a_directory_comes_from_who_makes_it() -> None:
    assert edges(job("split", ["parts/"]), job("one", ["1.out"], ["parts/x/1.txt"])) == [
        "split→one"
    ]


def test_of_directories_in_each_other_the_inner_one_counts() -> None:
    jobs = (job("outer", ["a"]), job("inner", ["a/b/c"]), job("use", ["x"], ["a/b/c/d.txt"]))
    assert edges(*jobs) == ["inner→use"]


def test_a_path_that_begins_like_a_directory_does_not_lie_in_it() -> None:
    assert edges(job("split", ["parts"]), job("one", ["1.out"], ["parts2/1.txt"])) == []


@pytest.mark.parametrize(
    ("made", "read"),
    [("./a/x.txt", "a/x.txt"), ("a//x.txt", "a/x.txt"), ("a/../b.txt", "b.txt"), ("a/", "a")],
)
def test_one_file_may_be_written_in_several_ways(made: str, read: str) -> None:
    assert edges(job("make", [made]), job("use", ["y"], [read])) == ["make→use"]


def test_files_of_jobs_that_are_not_looked_at_are_known_by_their_pattern() -> None:
    made = [job("sort", [f"sorted/{s}.bam"], s=s) for s in ("K01", "K02", "K03")]
    assert edges(*made, job("index", ["x"], ["sorted/N77.bam"])) == ["sort→index"]


def test_directories_of_jobs_that_are_not_looked_at_are_known_by_their_pattern() -> None:
    made = [JobFiles("split", {"s": s}, [], [f"parts/{s}"], True) for s in ("K01", "K02")]
    assert edges(*made, job("one", ["x"], ["parts/N77/3.txt"])) == ["split→one"]
    made = [job("split", [f"parts/{s}/raw"], s=s) for s in ("K01", "K02")]
    assert edges(*made, job("one", ["x"], ["parts/N77/raw/3.txt"])) == ["split→one"]


def test_the_path_itself_counts_more_than_a_pattern() -> None:
    made = [job("any", [f"out/{s}.txt"], s=s) for s in ("a", "b")]
    jobs = (*made, job("special", ["out/c.txt"]), job("use", ["x"], ["out/c.txt"]))
    assert edges(*jobs) == ["special→use"]


def test_of_two_patterns_the_more_specific_one_counts() -> None:
    made = [job("any", [f"out/{s}.txt"], s=s) for s in ("a", "b")]
    made += [job("stats", [f"out/{s}.stats.txt"], s=s) for s in ("a", "b")]
    assert edges(*made, job("use", ["x"], ["out/c.stats.txt"])) == ["stats→use"]


def test_a_wildcard_without_slashes_stands_for_none() -> None:
    made = [job("make", [f"out/{s}.txt"], s=s) for s in ("a", "b")]
    assert edges(*made, job("use", ["x"], ["out/deep/c.txt"])) == []
    made = [job("make", [f"out/{s}.txt"], s=s) for s in ("d/a", "d/b")]
    assert edges(*made, job("use", ["x"], ["out/deep/c.txt"])) == ["make→use"]


def test_a_wildcard_has_one_value_in_a_path() -> None:
    made = [job("make", [f"{s}/{s}.txt"], s=s) for s in ("aa", "bb")]
    assert edges(*made, job("use", ["x"], ["cc/cc.txt"])) == ["make→use"]
    assert edges(*made, job("use", ["x"], ["cc/dd.txt"])) == []


def test_a_short_value_that_is_elsewhere_in_the_path_does_not_mislead() -> None:
    made = [job("part", [f"res1/part_{i}.txt"], i=i) for i in ("1", "2", "3")]
    assert edges(*made, job("use", ["x"], ["res1/part_9.txt"])) == ["part→use"]
    assert edges(*made, job("use", ["x"], ["res9/part_9.txt"])) == []


def test_a_rule_that_feeds_itself_has_no_edge_to_itself() -> None:
    steps = [job("step", [f"step_{n + 1}.txt"], [f"step_{n}.txt"], n=str(n)) for n in range(5)]
    assert edges(job("first", ["step_0.txt"]), *steps) == ["first→step"]


def test_rules_may_feed_each_other() -> None:
    jobs = (
        job("a", ["a1"], []),
        job("b", ["b1"], ["a1"]),
        job("a", ["a2"], ["b1"]),
    )
    assert edges(*jobs) == ["a→b", "b→a"]


def test_a_long_list_of_files_is_looked_at_all_over() -> None:
    made = [job(f"rule{n}", [f"{n}/1.txt"]) for n in range(6)]
    mixed = [f"{n}/{at}.txt" for at in range(20_000) for n in range(6)]
    made += [job(f"rule{n}", [f"{n}/{at}.txt"], k=str(at)) for n in range(6) for at in (777, 888)]
    assert len(edges(*made, job("all", [], mixed))) == 6


# --- hostile --------------------------------------------------------------------------------------

DEEP = "a/" * 400
NUMBERS = range(300)
HOSTILE: dict[str, Iterable[JobFiles]] = {
    "deep paths": (
        job(f"r{n}", [f"{DEEP}{n}x{i}" for i in NUMBERS], [f"{DEEP}{n}{i}" for i in NUMBERS], a="a")
        for n in NUMBERS
    ),
    "one pattern of all rules": (
        job(
            f"r{n}",
            [f"v{n}{'z' * i}.t" for i in NUMBERS],
            [f"q{i}{n}.t" for i in NUMBERS],
            a=f"v{n}",
        )
        for n in NUMBERS
    ),
    "values everywhere": (
        job(
            f"r{n}",
            [f"{'abcdefghij/' * 90}{i}" for i in NUMBERS],
            ["abcdefghij" * 100 + str(n)] * 300,
            **{letter: letter for letter in "abcdefghijklmnopqrst"},
        )
        for n in NUMBERS
    ),
    "nearly fitting": (
        job(f"r{n}", [f"{'a' * 99}xy{'a' * i}b.t" for i in NUMBERS], ["a" * 999 + f"{n}.t"], w="xy")
        for n in NUMBERS
    ),
    "very long paths": (job(f"r{n}", ["x" * 10**6], ["y" * 10**6, ""], w="x") for n in NUMBERS),
    "very long lists": (job(f"r{n}", [], list(map(str, range(10**5)))) for n in range(20)),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", HOSTILE)
def test_no_files_take_long(kind: str) -> None:
    jobs = list(HOSTILE[kind])
    start = time.process_time()
    rule_graph(jobs)
    assert time.process_time() - start < 2, kind


NAMES = st.text(alphabet="ab/._é\U000f0000\U000f0014\u202e \\", max_size=12)
JOBS = st.builds(
    JobFiles,
    rule=st.sampled_from("abcde"),
    wildcards=st.dictionaries(st.sampled_from("xyz"), NAMES, max_size=3),
    input=st.lists(NAMES, max_size=4),
    output=st.lists(NAMES, max_size=4),
    is_checkpoint=st.booleans(),
)


@given(st.lists(JOBS, max_size=12))
def test_any_files_give_a_graph_of_their_rules(jobs: list[JobFiles]) -> None:
    graph = rule_graph(jobs)
    assert set(graph.rules) == {job.rule for job in jobs}
    assert all(source != target for source, target in graph.edges)
    assert {rule for edge in graph.edges for rule in edge} <= set(graph.rules)
    assert graph == rule_graph(jobs)


@given(st.lists(JOBS, max_size=12))
def test_a_file_that_a_job_makes_is_an_edge_to_each_that_reads_it(jobs: list[JobFiles]) -> None:
    maker = JobFiles("maker", {}, [], ["made/by/maker"])
    reader = JobFiles("reader", {}, ["made/by/maker"], [])
    assert ("maker", "reader") in rule_graph([*jobs, maker, reader]).edges
