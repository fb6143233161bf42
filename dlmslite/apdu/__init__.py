"""Floor 5: the APDUs, one file for each service.

Octets of one whole APDU enter, a frozen value leaves, and back. An APDU knows its tag, its kind
and what may answer it. It must not know links, transports, ciphers or the object model.
"""
