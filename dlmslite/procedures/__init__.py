"""Floor 8, procedures: exchanges of more than one request, as generators.

Enters: answers. Leaves: requests, and in the end a result. Knows nothing of threads, loops,
sockets or clocks; both clients run the same generators.
"""
