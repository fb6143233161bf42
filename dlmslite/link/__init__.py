"""Floor 3, the links: octets of a wire in, whole APDUs out, and back.

Enters: octets as they come, and the time. Leaves: the events of ``base.py`` and octets to send.
Knows nothing of sockets, of clocks, of what an APDU means, or of the object model.
"""
