"""Networks of a user's own, as files or in Python: what they take, compared, merged, written."""
