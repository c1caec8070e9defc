"""What a user did that cannot work, in one sentence."""

from ..errors import UserError as UserError
from ..errors import nearest as nearest
