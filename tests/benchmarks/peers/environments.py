"""An environment for each program, below `build`: two of them are both called `rebasin`.

They see the libraries of the environment that runs this, so that all programs compute with one
PyTorch; what a program needs besides, or in another version, is installed in its own.
"""

import subprocess
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path


class NotInstalledError(Exception):
    """A program that cannot be had here: the last thing that the installer said."""


@dataclass(frozen=True)
class Environments:
    """Below `folder`, one by the name of each program; each is made once."""

    folder: Path

    def python(self, package: str, version: str) -> Path:
        """The interpreter that has `package`; raises `NotInstalledError`."""
        home = (self.folder / package).absolute()
        python, done = home / "bin" / "python", home / f"installed-{version}"
        if done.exists():
            return python
        venv.EnvBuilder(clear=True, with_pip=True).create(home)
        _share_libraries(home)
        command = [python, "-m", "pip", "install", "--no-input", f"{package}=={version}"]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            said = [line for line in run.stderr.splitlines() if line.startswith("ERROR")]
            raise NotInstalledError((said or ["pip failed"])[-1].removeprefix("ERROR: "))
        done.touch()
        return python


def _share_libraries(home: Path) -> None:
    """A line that Python runs as it starts: `addsitedir` also reads the other's own such lines."""
    (packages,) = home.glob("lib/python*/site-packages")
    own = sysconfig.get_path("purelib")
    (packages / "shared.pth").write_text(f"import site; site.addsitedir({own!r})\n")
