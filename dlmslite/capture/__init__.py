"""Capture and explanation of octets: what was said, in words.

Enters: octets. Leaves: trees and texts. Reads all floors below it, sends nothing.
"""
