"""Floor 3, the parts of the store in memory, one subject a file; ``store/memory.py`` joins them.

In: values. Out: the same values. Gone with the process.
"""
