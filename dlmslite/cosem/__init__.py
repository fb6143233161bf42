"""Floor 7, the object model: what the value of an attribute means.

In: plain values of attributes, and who they belong to (class, version, number). Out: quantities,
times, columns, objects with their access rights and names. It must not know APDUs, links,
transports, security or sessions: it never asks a meter for anything.
"""
