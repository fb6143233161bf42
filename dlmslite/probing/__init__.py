"""Floor 9, probing: one connection after the other to a meter that nobody knows yet.

Enters: where it may be, and what may be tried. Leaves: a report with evidence. What to try next is
decided on the floor of procedures; writes nothing and makes up no password.
"""
