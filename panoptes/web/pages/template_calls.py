"""How templates call macros and functions: a thousand times for a page of jobs."""

from types import BuiltinMethodType, FunctionType, MethodType
from typing import Any

from jinja2.runtime import Context, Macro

_PLAIN = (FunctionType, MethodType, BuiltinMethodType)


class QuickContext(Context):
    """The names that a template knows, and how it calls what they stand for.

    Jinja looks at each call anew for what the callee wants beside its arguments, which takes
    longer than most calls do. Here, a macro is known to want how text is escaped, and a function or
    method nothing, unless it says so; all else is called as Jinja does.
    """

    def call(self, wanted: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call what a template calls."""
        kind = type(wanted)
        if kind is not Macro and (kind not in _PLAIN or hasattr(wanted, "jinja_pass_arg")):
            return super().call(wanted, *args, **kwargs)
        # Jinja tells those of them who ask for it in which loop and block they are called.
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        return wanted(self.eval_ctx, *args, **kwargs) if kind is Macro else wanted(*args, **kwargs)
