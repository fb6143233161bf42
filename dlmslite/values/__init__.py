"""Floor 1, the alphabet: what the octets of an attribute stand for.

In: octets of A-XDR values, or Python values. Out: frozen values that know both forms: OBIS codes,
dates with wildcards, typed Data, exact quantities, references and selections. It must not know any
APDU, link or object: who carries a value and what it means is decided on the floors above.
"""
