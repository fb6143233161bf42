"""Floor 2, the transports: how octets get onto a wire and off it.

Enters and leaves: octets. The only floor of the library that opens sockets and ports. Knows nothing
of frames.
"""
