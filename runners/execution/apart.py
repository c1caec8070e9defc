"""Work done in a process of its own, which may end as it likes."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from math import inf
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import TypeVar

import torch

from ...errors import UserError
from ..errors import in_one_line
from ..measuring import budget as limits
from .process import GRACE, begin, how_ended, new_processes
from .travel import read, sent

T = TypeVar("T")


def apart(work: Callable[[], Iterable[T]]) -> Iterator[T]:
    """What `work` gives, each as it comes, from a new process; `work` and all that travel.

    Raises `UserError` with what the work raised, where the process ends before it, or where it
    goes on after the time of an alignment is up.
    """
    message = sent(work)
    ours, theirs = Pipe()
    far, lifeline = Pipe(duplex=False)
    process = new_processes(torch.device("cpu")).Process(
        target=_serve, args=(theirs, far, message, dict(os.environ), torch.get_num_threads())
    )
    process.start()
    theirs.close()
    far.close()
    until = inf
    try:
        while True:
            left = until - time.monotonic()
            if not ours.poll(None if left == inf else max(left, 0)):
                raise UserError("did not finish, nor when told to: its process was ended")
            match ours.recv():
                case ("limit", seconds):
                    until = time.monotonic() + seconds + GRACE
                case ("found", found):
                    yield found
                case ("ended", fault):
                    if fault:
                        raise UserError(fault)
                    return
    except (EOFError, OSError):
        process.join(GRACE)
        raise UserError(how_ended(process.exitcode)) from None
    finally:
        process.kill()
        process.join()
        ours.close()
        lifeline.close()


def each_apart(
    names: Sequence[str],
    work: Callable[[tuple[str, ...]], Iterable[T]],
    failed: Callable[[UserError], T],
) -> Iterator[T]:
    """What `work` gives for each of the `names`, in a process apart; `failed` where that ends.

    That is the fault of the name that it was at: those after it are done in another process.
    """
    left = list(names)
    while left:
        try:
            for found in apart(partial(work, tuple(left))):
                yield found
                del left[0]
        except UserError as error:
            yield failed(error)
            del left[0]


def _serve(
    pipe: Connection,
    lifeline: Connection,
    message: bytes,
    variables: Mapping[str, str],
    threads: int,
) -> None:
    begin(lifeline, variables, threads)
    limits.announce = lambda seconds: pipe.send(("limit", seconds))
    try:
        for found in read(message)():
            pipe.send(("found", found))
        pipe.send(("ended", ""))
    except BaseException as error:
        pipe.send(("ended", in_one_line(error)))
