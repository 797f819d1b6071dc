"""Self-contained HTML pages from templates, with styles and scripts inside."""

from importlib import resources

from bokeh.resources import Resources
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

_BOKEH = Resources(mode="inline", components=["bokeh"], log_level="warn")
"""What draws plots; widgets, tables and formulas would triple the size of a page."""


def fill(template: str, **content: object) -> str:
    """Returns the page of a template. Titles, labels and everything else that comes from data are escaped."""
    return (
        _environment()
        .get_template(template)
        .render(
            **content,
            # Only our own files and Bokeh's library are included without escaping.
            style=Markup(_read("style.css")),  # noqa: S704
            bokeh=Markup("\n".join(_BOKEH.js_raw)),  # noqa: S704
        )
    )


def _environment() -> Environment:
    made = Environment(
        loader=FunctionLoader(_read), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    # In the JSON of a chart, what refers to another part stands after it.
    made.policies["json.dumps_kwargs"] = {"sort_keys": False}
    return made


def _read(name: str) -> str:
    return (resources.files("seqrec.report") / name).read_text("utf-8")
