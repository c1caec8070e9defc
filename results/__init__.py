"""The record of one cell, its columns, and how records are kept, gathered and read."""
