"""The record of one cell, its columns, and how records are kept, gathered and read."""

from .column import Column as Column
from .labels import label as label
from .labels import method_label as method_label
from .labels import network_label as network_label
from .record import Epoch as Epoch
from .record import Point as Point
from .record import Record as Record
from .store import RecordStore as RecordStore
from .store import gather as gather
from .store import read_records as read_records
from .store import read_retraining as read_retraining
from .store import read_table as read_table
