"""Addresses that pages link to."""

from flask import Flask, url_for

from panoptes.web.pages.links import LONGEST_KEPT, cached_url_for, kept_url


def test_an_address_is_what_flask_makes_of_it(app: Flask) -> None:
    with app.test_request_context("/workflows/"):
        for _ in range(2):  # The second one is remembered.
            assert cached_url_for(".workflow", workflow_id=1) == "/workflow/1"
            job = {"workflow_id": 1, "jobid": "a/b", "run": None, "part": 2}
            assert cached_url_for("pages.job", **job) == url_for("pages.job", **job)
            assert cached_url_for("pages.workflow", _anchor="jobs", workflow_id=1, q="ä b") == (
                "/workflow/1?q=%C3%A4+b#jobs"
            )


def test_values_that_are_alike_have_addresses_of_their_own(app: Flask) -> None:
    with app.test_request_context("/"):
        assert cached_url_for("pages.workflows", all=1) == "/workflows/?all=1"
        assert cached_url_for("pages.workflows", all=True) == "/workflows/?all=True"


def test_an_address_goes_by_where_the_app_is_and_whether_its_page_is_in_a_frame(app: Flask) -> None:
    with app.test_request_context("/"):
        assert cached_url_for("pages.workflows") == "/workflows/"
    with app.test_request_context("/", base_url="http://localhost/panoptes"):
        assert cached_url_for("pages.workflows") == "/panoptes/workflows/"
    with app.test_request_context("/?embed=1"):
        assert cached_url_for("pages.workflows") == "/workflows/?embed=1"


def test_an_address_with_a_text_of_any_length_is_not_kept(app: Flask) -> None:
    kept_url.cache_clear()
    with app.test_request_context("/"):
        for letters in (LONGEST_KEPT, LONGEST_KEPT + 1):
            owner = "x" * letters
            assert cached_url_for("pages.workflows", owner=owner) == f"/workflows/?owner={owner}"
    assert kept_url.cache_info().currsize == 1


def test_a_whole_address_goes_by_the_host_of_its_request(app: Flask) -> None:
    for host in ("one.example", "two.example"):
        with app.test_request_context("/", base_url=f"http://{host}"):
            whole = cached_url_for("pages.workflows", _external=True)
            assert whole == f"http://{host}/workflows/"
