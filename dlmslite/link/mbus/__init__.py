"""Wired M-Bus, the listening end of a customer interface (EN 13757-2 and -3).

Enters: octets of the wire. Leaves: whole telegrams, which are APDUs. Nothing is ever sent.
"""
