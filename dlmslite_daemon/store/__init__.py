"""Floor 3, store: what must survive.

In: readings, meters, sinks, cursors, alarms, counters. Out: the same, in the order of their commit.
A reading is durable when its ticket is resolved. It knows nothing of the protocol, of policies or
of sinks; what it keeps for them is opaque to it.
"""
