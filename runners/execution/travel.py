"""How work travels to another process, which first loads the plug-ins that it names."""

from multiprocessing.reduction import ForkingPickler
from typing import Any

from ...errors import UserError
from ...methods.plugins.catalogue import methods
from ...plugin_files import edited_meanwhile


def sent(work: object) -> bytes:
    """`work` as it travels; `UserError` where it cannot."""
    try:
        return bytes(ForkingPickler.dumps(work))
    except Exception as error:
        reason = f"cannot be handed to another process, run it without: {error}"
        raise UserError(reason) from error


def read(work: bytes) -> Any:
    """The work; `UserError` where the code that it names is not to be had, or was edited."""
    try:
        return _read(work)
    except (ModuleNotFoundError, AttributeError):
        pass  # a plug-in's: it is imported before what names it is read
    try:
        methods()
    except UserError as error:
        reason = f"plug-ins cannot be loaded by another process: {error}; were they edited since?"
        raise UserError(reason) from error
    try:
        return _read(work)
    except Exception as error:
        reason = edited_meanwhile(error)
        raise UserError(reason or f"cannot be read by another process: {error}") from error


def _read(work: bytes) -> Any:
    return ForkingPickler.loads(work)  # type: ignore[reportAttributeAccessIssue]
