"""Floor 1, the alphabet: how construct declarations become values and errors of our tree.

Enters: octets and construct declarations. Leaves: containers, or DecodeError and EncodeError.
Knows nothing of what the octets mean.
"""
