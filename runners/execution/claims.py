"""Who is at what, where several runners share a home: each job is claimed before it is begun."""

from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout


class Claims:
    """Locks of the operating system on files below `home`: those of a killed runner are free.

    A context, at whose end all are given back. All runners must see the same folder, and its file
    system must know locks, as local ones and NFS from version 4 on do.
    """

    def __init__(self, home: Path):
        self._folder = home / "claims"
        self._held: dict[str, FileLock] = {}

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self._held):
            self.release(name)

    def take(self, name: str) -> bool:
        """Whether the job called `name` is ours now; not where another runner is at it."""
        lock = FileLock(self._folder / f"{name}.lock", thread_local=False)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return False
        self._held[name] = lock
        return True

    def release(self, name: str) -> None:
        """Give it back, done or not: whoever takes it next looks first what there is.

        The file goes. One who has opened it already may lock it while another makes a new one:
        both then find the work done, and should it have failed, both do it, which is no harm.
        """
        lock = self._held.pop(name)
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()
