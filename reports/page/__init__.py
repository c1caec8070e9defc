"""The pages of a report: Markdown, and one web page of all."""

from .grid_page import grid_page as grid_page
from .verdict_page import write_verdict_page as write_verdict_page
from .webpage import webpage as webpage
