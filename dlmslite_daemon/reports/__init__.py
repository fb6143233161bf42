"""Floor 7, reports: stored counters and readings enter, frozen reports leave, in any format.

One report a file: what it asks the store, and the tables it makes of that. Nothing here is counted
twice or guessed: what is not known is "no data", which is never a pass. Knows no API, no command
line, and no thread but the caller's.
"""
