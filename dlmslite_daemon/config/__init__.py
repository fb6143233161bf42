"""Floor 0, ground: what the daemon was told.

In: a TOML file, the environment, references to secrets. Out: frozen attrs values and opened
secrets. It knows no meter, policy, store or sink: their tables are handed up as they are, and
``assemble.py`` structures them with the class that the registry names.
"""
