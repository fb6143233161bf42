"""Floor 6: one application association, for either role.

Octets of APDUs enter, events leave; requests enter, octets leave. It must not know links,
transports, sockets, clocks or the object model.
"""
