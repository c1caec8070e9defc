"""What a long run says of itself: counts, an estimate, on a line that fits, or in a log."""

import io

import pytest
from rich.console import Console
from rich.progress import Progress

from basinbench.runners import progress
from basinbench.runners.progress import LogDisplay


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_log_has_a_line_now_and_then():
    said: list[str] = []
    clock = Clock()
    log = LogDisplay(said.append, clock)
    log.start(400, 6)
    for _ in range(6):
        log.trained()
    for _ in range(100):
        clock.now += 1
        log.advance()
    assert len(said) == 3
    assert said[0].startswith("6/6 networks, 30/400 cells")


def test_what_is_left_is_first_what_was_expected_then_what_the_pace_says(
    monkeypatch: pytest.MonkeyPatch,
):
    clock = Clock()
    monkeypatch.setattr(progress.time, "monotonic", clock)
    shown = progress.Display()
    shown.start(10, expected=100)
    assert shown.left == pytest.approx(100)
    for _ in range(5):
        clock.now += 2
        shown.advance()
    assert shown.left == pytest.approx(0.5 * 10 + 0.5 * 90)
    for _ in range(5):
        clock.now += 2
        shown.advance()
    assert shown.left == 0


def test_the_line_fits_a_narrow_terminal():
    text = io.StringIO()
    console = Console(file=text, force_terminal=True, width=80)
    with Progress(*progress.columns(), console=console, expand=True) as bar:
        shown = progress.TerminalDisplay(bar, bar.add_task("starting", total=None, counts=""))
        shown.start(1387, 60, expected=7200)
        shown.doing("training vgg16-w64-h512-512-ln on fashion-mnist, seed 10; " * 3)
        shown.trained()
        shown.advance()
        bar.refresh()
        (line,) = [row for row in console.render_lines(bar.get_renderable()) if row]
    written = "".join(part.text for part in line)
    assert len(written) == 80
    assert "1/60 networks, 1/1387 cells, about 2.0 h left" in written
    assert "training vgg16" in written
