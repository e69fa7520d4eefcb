"""The form for a run's note, labels and baseline, and where pages show them."""

from flask.testing import FlaskClient

from tests.web.api.test_joining import ended
from tests.web.pages.conftest import Open, Submit
from tests.web.pages.document import Document


def test_a_note_and_labels_are_written_on_a_form(
    client: FlaskClient, read: Open, submit: Submit
) -> None:
    for _ in range(2):
        ended(client, "nightly")
    assert "/workflow/1/notes?run=2" in read("/workflow/1").links
    typed = {"labels": "new cluster, nightly", "note": "Slow <disk>.", "baseline": "1"}
    answer = submit("/workflow/1/notes?run=1", typed)
    assert (answer.status_code, answer.location) == (303, "/workflow/1?run=1")
    page = read("/workflow/1?run=1")
    for words in ("Slow <disk>.", "new cluster", "baseline"):
        assert words in page.text
    assert "/workflow/1/history?label=new+cluster" in page.links
    form = read("/workflow/1/notes?run=1")
    assert "new cluster, nightly" in form.attributes("input", "value")
    submit("/workflow/1/notes?run=1", {"labels": "", "note": " "})
    told = client.get("/api/workflow/1?run=1").get_json()["workflow"]
    assert (told["labels"], told["note"], told["is_baseline"]) == ([], None, False)


def test_what_is_refused_is_told_on_the_form_and_stays_typed(
    client: FlaskClient, submit: Submit
) -> None:
    ended(client, "nightly")
    page = Document(submit("/workflow/1/notes", {"labels": "x" * 61, "note": "Kept."}))
    assert page.status == 400
    assert "A label has at most 60 characters." in page.text
    assert "x" * 61 in page.attributes("input", "value")
    assert "Kept." in page.text


def test_lists_show_labels_and_are_filtered_by_them(client: FlaskClient, read: Open) -> None:
    for name in ("nightly", "other"):
        ended(client, name)
    client.put("/api/workflow/1/runs/1", json={"labels": ["good"]})
    page = read("/workflows/")
    assert "/workflows/?label=good" in page.links
    page = read("/workflows/?label=good")
    assert "nightly" in page.text
    assert "other" not in page.text
    assert "label good" in page.text
    assert "No workflows match, label bad." in read("/workflows/?label=bad").text
    assert "No run matches, label bad." in read("/workflow/1/history?label=bad").text


def test_feeds_and_reports_have_them_too(client: FlaskClient, read: Open) -> None:
    ended(client, "nightly")
    client.put("/api/workflow/1/runs/1", json={"labels": ["R&D"], "note": "As <it> should be."})
    assert '<category term="R&amp;D"/>' in client.get("/feed.atom").text
    report = read("/workflow/1/report.html").text
    assert "R&D" in report
    assert "As <it> should be." in report
