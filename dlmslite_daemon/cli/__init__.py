"""Floor 9, the command line: one verb a file, each a client of the daemon's API.

Arguments enter; tables, or JSON for machines, and an exit code leave. It reaches the daemon through
its API alone, and must not touch a meter, a broker or, while a daemon runs, the store.
"""
