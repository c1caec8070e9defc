"""The folders that every report has beside those of its grids: no grid can have their names."""

FINDINGS, VERDICTS, PROGRAMS, SITE = "findings", "verdicts", "peers", "site"

TAKEN = (FINDINGS, VERDICTS, PROGRAMS, SITE)
