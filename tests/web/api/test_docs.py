"""The page that describes the API."""

import re

from flask.testing import FlaskClient

from panoptes.web.document import operations, resolved
from tests.tokens import Tokens
from tests.web.pages.document import Document


def read(client: FlaskClient) -> Document:
    page = Document(client.get("/api/docs"))
    assert page.status == 200
    return page


def plain(text: str) -> str:
    """Return a text of the description as a reader sees it."""
    return " ".join(text.replace("`", " ").split())


def test_it_tells_all_that_the_description_does(client: FlaskClient) -> None:
    page = read(client)
    for method, path, told in operations():
        assert f"{method} {path}" in page.text
        assert told["summary"][1:] in page.text
        assert plain(told.get("description", "")) in page.text
        for each in told["parameters"]:
            assert f"{each['name']} {each['in']} {plain(each['description'])}" in page.text
        for code, response in told["responses"].items():
            assert f"{code} {plain(resolved(response)['description'])}" in page.text


def test_each_answer_has_an_example(client: FlaskClient) -> None:
    text = client.get("/api/docs").text
    operation = text.split('aria-labelledby="list_jobs"')[1].split("</article>")[0]
    example = operation.split("Example of 200")[1]
    assert '"shell_command": "bwa mem' in example


def test_an_example_that_another_operation_has_is_linked_and_not_repeated(
    client: FlaskClient,
) -> None:
    text = client.get("/api/docs").text
    operation = text.split('aria-labelledby="cancel_workflow"')[1].split("</article>")[0]
    assert "An example is <a href=" in operation
    assert '"name": "nightly"' not in operation


def test_a_field_that_is_made_of_others_leads_to_them(client: FlaskClient) -> None:
    page = read(client)
    assert "#shape-Attempt" in page.links
    assert "All attempts, first to last. array of Attempt" in page.text


def test_its_commands_ask_this_server(client: FlaskClient) -> None:
    text = client.get("/api/docs", base_url="http://127.0.0.1:5001").text
    assert "curl http://127.0.0.1:5001/api/workflow/1/job/32<" in text
    assert re.search(r"curl -X PUT -H .*nightly.* http://127.0.0.1:5001/api/workflow/1<", text)


def test_links_within_it_lead_somewhere(client: FlaskClient) -> None:
    page = read(client)
    names = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    inner = {link[1:] for link in page.links if link.startswith("#")}
    assert len(inner) > 30
    assert inner <= names


def test_it_is_for_everybody_but_leads_strangers_nowhere_else(
    client: FlaskClient, tokens: Tokens
) -> None:
    tokens.add("me", "admin")
    page = read(client)
    assert "/workflows/" not in page.links
    signed_in = Document(client.get("/api/docs", headers=tokens.headers("wall", "view")))
    assert "/workflows/" in signed_in.links
