"""The guide as a page of the site: from a reader's own networks to their merge."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt

_HERE = Path(__file__).parent

GUIDE = _HERE / "guide.md"
"""What the page says; its code is run by tests/test_guides.py."""


def guide_page() -> str:
    """The guide as HTML, in the style of the site."""
    text = GUIDE.read_text(encoding="utf-8")
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined
    )
    title = text.partition("\n")[0].removeprefix("# ")
    style = (_HERE / "webpage.css").read_text(encoding="utf-8")
    body = MarkdownIt().render(text.partition("\n")[2])
    return environment.get_template("guide.html").render(title=title, body=body, style=style)
