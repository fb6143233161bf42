"""Floor 9, what `dlmslite-bridge demo` sets around the daemon: a broker, meters and a screen.

Faults by name and second enter; a live table and a verdict leave. It knows the daemon only through
its API, like any other operator, and nothing in the daemon knows of it.
"""
