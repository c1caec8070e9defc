"""Words and digits: names of methods, captions, numbers and differences in print."""

from .captions import caption as caption
from .differences import compared as compared
from .style import MethodStyle as MethodStyle
from .style import finish_in_words as finish_in_words
from .style import in_words as in_words
from .style import method_styles as method_styles
