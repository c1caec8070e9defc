"""Networks of a user's own by a text: a Python file's, a package's, torchvision's, timm's, a folder's."""

from .given import GivenNetwork as GivenNetwork
from .given import given_network as given_network
