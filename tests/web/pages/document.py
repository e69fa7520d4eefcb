"""What a reader sees of an HTML answer."""

from html.parser import HTMLParser
from typing import Any

from werkzeug.test import TestResponse

VOID = {"meta", "link", "img", "input", "br"}


class Document(HTMLParser):
    """A page's words, links and tags, and its size in bytes."""

    def __init__(self, answer: TestResponse) -> None:
        super().__init__(convert_charrefs=True)
        self.status = answer.status_code
        self.size = len(answer.get_data())
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self._texts: dict[int, list[str]] = {}
        self.feed(answer.get_data(as_text=True))
        assert not self._open, f"{self._open} are not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        """All words, with single blanks."""
        return " ".join(" ".join(self.words).split())

    def attributes(self, tag: str, name: str) -> list[Any]:
        """The values of an attribute."""
        return [attrs[name] for each, attrs in self.tags if each == tag and name in attrs]

    @property
    def links(self) -> list[str]:
        """Where its links lead."""
        return self.attributes("a", "href")

    @property
    def hidden(self) -> dict[str, str | None]:
        """The fields that forms carry on without showing them."""
        inputs = [attrs for tag, attrs in self.tags if tag == "input"]
        return {str(each["name"]): each["value"] for each in inputs if each.get("type") == "hidden"}
