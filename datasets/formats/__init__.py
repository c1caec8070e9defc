"""How data sets lie on disk, and how they are read without running any code."""
