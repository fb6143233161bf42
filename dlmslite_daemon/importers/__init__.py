"""Floor 9, importers: fleets that somebody else wrote down.

A file's text enters; checked settings of meters leave, or faults by row and column. It must not
know the store that they go into, nor how the file came here.
"""
