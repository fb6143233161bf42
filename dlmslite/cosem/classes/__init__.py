"""Floor 7, the interface classes: one file each, entered into ``base.CLASSES`` by their numbers.

In: the plain value of one attribute. Out: its meaning. A class must not know how it is read.
"""
