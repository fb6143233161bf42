"""The command line ``dlmslite``: one verb a file under ``commands``.

Enters: words of a shell. Leaves: tables, JSON, and an exit code.
"""
