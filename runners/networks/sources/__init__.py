"""Networks of a user's own, named by a text: of Python code, of a library, of a folder."""

from .given import GivenNetwork as GivenNetwork
from .given import given_network as given_network
