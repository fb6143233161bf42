"""Floor 2, policies: small pure values that decide.

In: events and the time, as arguments. Out: a verdict (try now?), a demand (reconnect!), conditions
that deserve an alarm, and the policy's own next state. A policy neither sleeps nor logs, has no
thread and no clock, and knows nothing of meters, stores or sinks.
"""
