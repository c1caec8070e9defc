"""A finish as it is used: asked whether it applies, applied, and what it gives checked."""

from ...errors import UserError, kind
from ...methods.networks.form import check_form
from ..keys import label_of
from .base import Finish, Finished, Merge, MergeContext


def reason_against(finish: Finish, context: MergeContext) -> str | None:
    """What `skip` says; `UserError` where that is neither a sentence nor `None`."""
    reason = finish.skip(context)
    if reason is None or (isinstance(reason, str) and reason):
        return reason
    raise UserError(
        f"`skip` of the finish {label_of(finish)} gives {reason!r}: it says in one sentence why it "
        "does not apply, or gives None"
    )


def applied(finish: Finish, merge: Merge) -> Finished:
    """What `finish` makes of a merge, of the networks' form.

    `UserError` where it gives something else: tensors that are lacking would be the first
    network's, and tied ones that differ are another network than any that the module can be.
    """
    found = finish.apply(merge)
    if not isinstance(found, Finished):
        raise UserError(f"the finish {label_of(finish)} gives {kind(found)}, not a Finished")
    for params in (found.params, *found.epochs.values()):
        check_form(merge.context.network, params, "finished")
    return found
