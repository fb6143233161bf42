"""Floor 8, device profiles: what is known of a kind of meter or converter, as data with sources.

Enters: TOML, shipped beside this file or a user's own. Leaves: frozen values. Knows addresses,
limits, quirks and series; must not know passwords, and refuses a file that holds one.
"""
