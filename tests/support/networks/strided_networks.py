"""Small networks of whose units every second or third one is taken."""

from small_layers import Net, Small
from torch import nn

ROWS = (3, 7)

STRIDED = {
    "strided": Small(
        lambda: Net(
            lambda s, x: s.head(s.a(x).relu()[:, ::2]), a=nn.Linear(7, 8), head=nn.Linear(4, 3)
        ),
        ROWS,
        (4,),
    ),
    "gates in turn": Small(
        lambda: Net(
            lambda s, x: s.head((h := s.a(x))[:, ::2] * h[:, 1::2].sigmoid()),
            a=nn.Linear(7, 8),
            head=nn.Linear(4, 3),
        ),
        ROWS,
        (4,),
    ),
    "every third": Small(
        lambda: Net(
            lambda s, x: s.one((h := s.a(x).tanh())[:, ::3]) + s.two(h[:, 1::3] * h[:, 2::3]),
            a=nn.Linear(7, 9),
            one=nn.Linear(3, 3),
            two=nn.Linear(3, 3),
        ),
        ROWS,
        (3, 3),
    ),
    "odd positions of an odd number": Small(
        lambda: Net(
            lambda s, x: s.one((h := s.a(x).relu())[:, ::2]) + s.two(h[:, 1::2]),
            a=nn.Linear(7, 9),
            one=nn.Linear(5, 3),
            two=nn.Linear(4, 3),
        ),
        ROWS,
        (5, 4),
    ),
}
