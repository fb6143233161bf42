"""Floor 9, the verbs of ``dlmslite-bridge``: the folder is the registry.

Options enter, a request to the API leaves, its answer is shown. A verb knows no other verb.
"""
