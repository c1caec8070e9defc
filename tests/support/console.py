"""The command line in this process: without the seconds in which torch is imported."""

import pytest

from basinbench.runners.cli import main


def command(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `basinbench WORDS...`."""
    try:
        code = main([str(word) for word in words])
    except SystemExit as end:  # argparse's way out
        code = int(end.code or 0)
    out, err = capsys.readouterr()
    return code, out, err
