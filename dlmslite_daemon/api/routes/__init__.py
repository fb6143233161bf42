"""Floor 8, the routes: one resource a file; the folder is the registry.

A request that the gate let in enters; an answer in the envelope leaves. A route asks the services
and shows what they say; it decides nothing about meters, sinks or readings.
"""
