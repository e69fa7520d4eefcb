"""What a route is: one of Flask's, which finds out how its address is written when it is asked."""

from collections.abc import Callable
from functools import cache, partial

from werkzeug.routing import Rule


class Route(Rule):
    """A route whose address is put together by code that is compiled at its first use.

    As it comes, werkzeug compiles this for every route at the start, twice.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled = cache(partial(super()._compile_builder, append_unknown))

        def build(route: Rule, **values: object) -> tuple[str, str]:
            return compiled()(route, **values)

        return build
