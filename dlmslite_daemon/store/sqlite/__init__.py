"""Floor 3, the default store: one SQLite file, one writer thread, group commit.

In: jobs for the writer and queries for the readers. Out: rows as the values of ``store/base.py``.
The only importers of ``sqlite3``; its errors stop here and leave as ``StoreError``.
"""
