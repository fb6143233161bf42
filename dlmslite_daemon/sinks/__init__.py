"""Floor 5, sinks: stored readings become messages, and a broker acknowledges them.

What enters: readings with their numbers, and a card for each meter (its name, series, units).
What leaves: messages, and the acknowledgement of each by its number.
A sink knows neither meters' wires, nor policies, nor the store; it never decides when to try.
The folder is the registry of sink kinds.
"""
