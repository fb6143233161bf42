"""Floor 10, the simulator: meters that exist only in this process.

Enters: octets of a client. Leaves: what a meter would answer. Built from the same session as the
client, in the server role. ``serve.py`` is the only file here that opens sockets.
"""
