"""The text of an event: JSON, or the repr of a Python dict (Snakemake 5.27 to 5.31).

The repr is read with a tokenizer of our own, never with `eval` or `ast`: a third of those events
hold bare names or `<Job object at 0x...>` and are no Python literals, and `ast` takes a gigabyte
for a rule with many inputs.
"""

import json
import re
from contextlib import suppress
from typing import Any

from panoptes.engines.cleaning import MAX_DEPTH, NestingError, clean
from panoptes.engines.problems import Broken, holds_too_much

MAX_DIGITS = 400
# A repr with more gives its level alone. Each takes a microsecond; texts one behind the other, as
# names of files are, count half, and escapes twice.
MAX_TOKENS = 150_000

_TOKEN = re.compile(
    r"""\s{0,100}(?:
      (?P<open>[\[({]) | (?P<close>[\])}]) | (?P<mark>[,:])
    | (?P<text>'[^']*' | "[^"]*")
    | (?P<number>-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?(?=[\s,:\])}]|\Z))
    | (?P<other>[^\s,:\[\](){}'"]+)
    )""",
    re.VERBOSE | re.DOTALL,
)
_TEXTS = re.compile(r"\s{0,100}'([^'\\]*(?:', '[^'\\]*){1,1000})'(?=[,\])}])")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_SHORT = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_NAMES = {"True": True, "False": False, "None": None}
_LEVEL = re.compile(r"'level': '(\w{1,40})'")
_CLOSES = {"(": ")", "[": "]", "{": "}"}


def read_message(msg: Any) -> dict[str, Any]:
    """Return an event's fields, with clean text.

    A text that is neither JSON nor a repr gives its level alone, so that an unusual object inside
    does no harm. Raises Broken where there isn't even a level.
    """
    parsed = _parse(msg) if isinstance(msg, str) else msg
    try:
        message = parsed if isinstance(msg, str) and _is_plain(msg) else clean(parsed)
    except NestingError as error:
        raise Broken("msg", f"It is nested deeper than {MAX_DEPTH} levels.") from error
    if not isinstance(message, dict) or not isinstance(message.get("level"), str):
        raise Broken("msg", "Not a valid event: an object with a level.")
    return message


# What JSON can say that isn't clean: other than ASCII, no number, or one that no column holds.
_UNUSUAL_TEXTS = ("\\u", "NaN", "Infinity")
_UNUSUAL_NUMBER = re.compile(r"[0-9](?:[eE]|[0-9]{17})")


# To search a larger text takes longer than to clean what it stands for: few texts, but long ones.
_MAX_PLAIN = 500_000


def _is_plain(text: str) -> bool:
    """Return whether what the text stands for is clean for sure, as nearly all events are.

    To look at the text once takes a tenth of the time of looking at all that it stands for.
    """
    if len(text) > _MAX_PLAIN:
        return False
    flat = text.count("[") + text.count("{") < MAX_DEPTH
    is_usual = not any(each in text for each in _UNUSUAL_TEXTS)
    readable = flat and is_usual and text.isascii() and text.startswith('{"')
    return readable and not _UNUSUAL_NUMBER.search(text)


def _parse(text: str) -> Any:
    if not text.startswith("{'"):
        if holds_too_much(text):
            return _level_alone(text)
        with suppress(ValueError, RecursionError):
            return json.loads(text)
    try:
        return parse_repr(text)  # Snakemake before 5.32 sends a repr.
    except ValueError:
        return _level_alone(text)


def _level_alone(text: str) -> dict[str, Any] | None:
    level = _LEVEL.search(text)
    return {"level": level[1], "msg": text} if level else None


def parse_repr(text: str) -> Any:
    """Return the value that `text`, the repr of a Python value, stands for.

    Numbers, texts, True, False, None, lists, tuples and dicts become themselves (a tuple a list);
    anything else keeps its own text. Takes linear time. Raises ValueError where brackets or quotes
    don't fit, where they nest deeper than MAX_DEPTH, or where there are more than MAX_TOKENS.
    """
    reader = _ReprReader(text)
    value = reader.value(0)
    reader.expect_end()
    return value


class _ReprReader:
    """Reads one value after the other from the text of a repr."""

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        # In which each quote begins or ends a text, and all is where it is in the other.
        self._unescaped = self.text.replace("\\\\", "__").replace("\\'", "__").replace('\\"', "__")
        self.at = 0
        self.tokens = 0
        self._ahead: tuple[int, re.Match[str] | None] = (-1, None)

    def value(self, depth: int) -> Any:
        """Read a value up to the `,`, `:` or bracket that ends it."""
        start = self.at
        kind, token = self._next()
        if kind in ("close", "mark"):
            raise ValueError("A value is missing.")
        value = self._container(token, depth) if kind == "open" else _scalar(kind, token)
        return self._with_rest(start, value, depth)

    def _with_rest(self, start: int, value: Any, depth: int) -> Any:
        """What goes on without a comma, `WorkflowError('x')`, is no literal: keep it as text."""
        literal = True
        while (kind := self._peek()) not in ("close", "mark", "end"):
            literal = False
            token = self._next()[1]
            if kind == "open":
                self._container(token, depth)
        return value if literal else self.text[start : self.at].strip()

    def _container(self, opening: str, depth: int) -> Any:
        if depth >= MAX_DEPTH:
            raise ValueError("It is nested too deep.")
        items: list[Any] = []
        pairs: dict[str, Any] = {}
        while self._peek() != "close":
            if texts := self._texts():
                items += texts
            else:
                item = self.value(depth + 1)
                if self._take(":"):
                    if isinstance(item, (list, dict)):
                        raise ValueError("A key is no text.")
                    pairs[str(item)] = self.value(depth + 1)
                else:
                    items.append(item)
            if not self._take(","):
                break
        kind, token = self._next()
        if kind != "close" or token != _CLOSES[opening]:
            raise ValueError("A bracket isn't closed.")
        return pairs if opening == "{" and not items else items

    def _texts(self) -> list[str]:
        """Read texts without escapes that are one behind the other, as many as there are."""
        match = _TEXTS.match(self.text, self.at)
        if match is None:
            return []
        self.at = match.end()
        texts = match[1].split("', '")
        self._count(len(texts) // 2)
        return texts

    def expect_end(self) -> None:
        """Raise ValueError unless all text is read."""
        if self._peek() != "end":
            raise ValueError("There is text after the value.")

    def _count(self, tokens: int) -> None:
        self.tokens += tokens
        if self.tokens > MAX_TOKENS:
            raise ValueError("It has too many values.")

    def _match(self) -> re.Match[str] | None:
        """The token ahead, matched once however often it is looked at."""
        if self._ahead[0] != self.at:
            self._count(1)
            self._ahead = (self.at, _TOKEN.match(self._unescaped, self.at))
        return self._ahead[1]

    def _peek(self) -> str:
        match = self._match()
        if match is None:
            if self.at == len(self.text):
                return "end"
            raise ValueError("A quote isn't closed.")
        return str(match.lastgroup)

    def _next(self) -> tuple[str, str]:
        match = self._match()
        if match is None:
            raise ValueError("The text ends too early.")
        self.at = match.end()
        kind = str(match.lastgroup)
        token = self.text[slice(*match.span(kind))]
        if kind == "text":
            self._count(2 * token.count("\\"))
        return kind, token

    def _take(self, mark: str) -> bool:
        match = self._match()
        if match is None or match["mark"] != mark:
            return False
        self.at = match.end()
        return True


def _scalar(kind: str, token: str) -> Any:
    if kind == "text":
        return _ESCAPE.sub(_unescape, token[1:-1])
    if kind == "number" and len(token) <= MAX_DIGITS:
        return float(token) if re.search(r"[.eE]", token) else int(token)
    return _NAMES.get(token, token)


def _unescape(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    if code is None:
        return _SHORT.get(match[4], match[4])
    point = int(code, 16)
    return chr(point) if point <= 0x10FFFF else "\N{REPLACEMENT CHARACTER}"
