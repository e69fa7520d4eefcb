"""Marks what was searched for in the texts in which it was found."""

import re

from markupsafe import Markup, escape

from panoptes.common.wording import cut


def marked(text: str, wanted: str, width: int = 120) -> Markup:
    """Return a text, cut around the first place of what was searched for, with its places marked.

    Text is escaped piece by piece: what is searched and what is found are strangers' words.
    """
    places = list(re.finditer(re.escape(wanted), text, re.IGNORECASE)) if wanted else []
    if not places:
        return escape(cut(text, width))
    start = 0 if len(text) <= width else max(0, places[0].start() - width // 3)
    end = max(start + width, places[0].end())
    pieces, at = [escape("…" if start else "")], start
    for place in places:
        if place.end() > end:
            break
        pieces += [escape(text[at : place.start()]), Markup("<mark>{}</mark>").format(place[0])]
        at = place.end()
    pieces += [escape(text[at:end]), escape("…" if end < len(text) else "")]
    return Markup().join(pieces)
