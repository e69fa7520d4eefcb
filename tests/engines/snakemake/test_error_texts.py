"""Which error text belongs to which failed job."""

from panoptes.engines.snakemake.error_texts import Subject, take


def test_a_job_gets_no_text_where_another_took_the_one_that_came_last() -> None:
    assert take([], Subject("align", None, None), latest=True) == (None, [])
