"""Invariant: any octets are a device profile or a ConfigurationError, never any other exception."""

from __future__ import annotations

from harness import run

from dlmslite.errors import ConfigurationError
from dlmslite.profiles.base import combine
from dlmslite.profiles.load import parse

ALLOWED = (ConfigurationError,)  # no TOML, or what makes no sense in a profile


def test_one_input(data: bytes) -> None:
    """Read it; what is read can be combined with itself."""
    try:
        profile = parse(data, "fuzz")
    except ALLOWED:
        return
    advice = combine([profile, profile])
    for form in advice.servers:
        form.of("12345678")


if __name__ == "__main__":
    run("fuzz_profile", test_one_input)
