"""Floor 3, mode E: the sign-on of IEC 62056-21, after which the line belongs to HDLC.

Enters: octets as they come, and the time. Leaves: octets to send, changes of speed, and then what
the link behind it says. Knows nothing of serial ports and nothing of HDLC but the verbs of a link.
"""
