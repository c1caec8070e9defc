"""The questions that every reader has, answered from verdicts and tables."""

from .answer import Answer as Answer
from .catalogue import answers as answers
