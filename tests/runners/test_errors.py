"""What reaches a terminal: one line, in which nobody's text moves the cursor."""

import io
import warnings

import pytest
from console import command

from basinbench.errors import UserError
from basinbench.runners.errors import in_one_line, say, show_warnings_as_sentences
from basinbench.runners.progress import display

ESCAPE = "red \x1b[31m\x07 and\nmore \x9b2J \u202eback"
SHOWN = r"red \x1b[31m\x07 and more \x9b2J \u202eback"


def test_an_error_is_one_line_without_controls():
    assert in_one_line(UserError(ESCAPE)) == SHOWN
    with pytest.raises(ValueError, match="red") as caught:
        raise ValueError(ESCAPE)
    assert in_one_line(caught.value).startswith(f"ValueError: {SHOWN} (test_errors.py, line ")


def test_what_is_said_is_one_line_without_controls(capsys: pytest.CaptureFixture[str]):
    say(ESCAPE)
    with warnings.catch_warnings():
        show_warnings_as_sentences()
        warnings.showwarning(ESCAPE, UserWarning, "", 0)
    err = capsys.readouterr().err
    assert err == f"basinbench: {SHOWN}\nbasinbench: warning: {SHOWN}\n"


def test_words_of_the_command_line_come_back_without_controls(capsys: pytest.CaptureFixture[str]):
    for words in (("\x1b[31mrun",), ("run", "\x1b[31mquick"), ("run", "--\x1b[31m")):
        code, out, err = command(capsys, *words)
        assert (code, out) == (2, "")
        assert r"\x1b[31m" in err
        assert "\x1b" not in err


class Gone(io.StringIO):
    """A pipe whose reader has left."""

    def write(self, text: str) -> int:
        raise BrokenPipeError(len(text))


@pytest.mark.parametrize("stream", [None, Gone()], ids=["closed", "left"])
def test_where_nobody_listens_a_run_goes_on(
    stream: io.StringIO | None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sys.stderr", stream)
    say("nobody hears this")
    with display() as shown:
        shown.start(1)
        shown.doing("something")
        shown.advance()
