"""How templates call macros and functions."""

from flask import Flask, render_template_string
from jinja2 import pass_context
from jinja2.runtime import Context

TEMPLATE = """\
{% macro shown(text, more="") %}<b>{{ text }}{{ more }}</b>{% endmacro -%}
{% for text in texts -%}
{{ shown(text, more="!") }}{{ loud(text) }}{{ text.upper() }}{{ told() }}
{%- endfor %}"""


def test_macros_functions_and_methods_are_called_as_jinja_calls_them(app: Flask) -> None:
    @pass_context
    def told(context: Context) -> str:
        return f"({len(context['texts'])})"

    with app.test_request_context("/"):
        made = render_template_string(
            TEMPLATE, texts=["<a>"], loud=lambda text: text * 2, told=told
        )
    assert made == "<b>&lt;a&gt;!</b>&lt;a&gt;&lt;a&gt;&lt;A&gt;(1)"
