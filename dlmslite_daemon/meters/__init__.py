"""Floor 1, meters: the wires, the library's clients on them, and what they read.

What enters: a meter's settings and what is remembered of it.
What leaves: readings, or a failure with its kind, its code and its remedy.
The only folder that imports ``dlmslite``. It knows no policy, store or sink: it never decides when
to try, and keeps nothing.
"""
