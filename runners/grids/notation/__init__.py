"""How grids and their parts are written: terms of one line, and TOML files."""
