"""Floor 3, what a store promises, one subject a file; ``store/base.py`` joins them.

In: nothing. Out: protocols. It knows no backend.
"""
