"""The verbs of ``dlmslite``, one a file. The folder is the list; adding a verb is adding a file."""
