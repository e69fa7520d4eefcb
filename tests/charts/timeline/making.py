"""Spans for tests, and any spans that a run could have."""

from html.parser import HTMLParser

from hypothesis import strategies as st

from panoptes.charts.timeline.chart import Chart
from panoptes.charts.timeline.spans import Span

NOW = 1_795_424_400.0  # 2026-11-23 09:00 UTC


def span(start: float = 0, end: float | None = 60, rule: str = "align", **more: object) -> Span:
    """Return a job from so many seconds after NOW to so many."""
    told: dict[str, object] = {"status": "Done", "job": 1, "key": "1", **more}
    until = None if end is None else NOW + end
    return Span(rule=rule, start=NOW + start, end=until, **told)  # type: ignore[arg-type]


# Clocks that stand still, go back and leave the calendar.
times = st.floats(-3600, 86400) | st.sampled_from([0.0, 60.0, -1e9, 1e11])
spans = st.builds(
    span,
    start=times,
    end=st.none() | times,
    rule=st.sampled_from(["align", "sort", "", "<b>"]),
    status=st.sampled_from(["Done", "Error", "Running", "Cancelled"]),
    job=st.integers(1, 30),
    attempt=st.integers(1, 3),
    threads=st.none() | st.integers(-1, 2**63),
)


class Labels:
    """The labels of a page that say next to nothing."""

    job, rules = "job", "rules"

    def name(self, rule: str) -> str:
        return rule

    def href(self, span: Span) -> str:
        return f"/job/{span.key}"

    def label(self, span: Span) -> str:
        return f"s={span.key}"

    def title(self, span: Span) -> str:
        return f"{span.rule} s={span.key}"


def pictures(chart: Chart) -> list[str]:
    """Return all pictures of a chart."""
    rows = [row.picture for row in chart.rows]
    return [chart.axis, chart.grid, *rows, *(panel.picture for panel in chart.panels)]


class Picture(HTMLParser):
    """The tags of a chart's pictures; parsing them fails where one isn't closed."""

    def __init__(self, chart: Chart) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        for picture in pictures(chart):
            self.feed(picture)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def of_class(self, css: str) -> list[dict[str, str | None]]:
        """Return the attributes of the tags that have a class."""
        return [attrs for _, attrs in self.tags if css in (attrs.get("class") or "").split()]
