"""Secret references: a password as it is, or where it is found.

A secret is given as it is, or as ``env:NAME`` or ``file:PATH``: environment and files, which the
protocol floors may not touch.
"""

from __future__ import annotations

import os

from dlmslite.errors import ConfigurationError

SECRET_MAX = 4096  # octets; a longer file is not a password, and somebody named the wrong one


def resolve_secret(reference: str | bytes) -> bytes:
    """The octets of a secret.

    Args:
        reference: Octets as they are; text as it is (UTF-8); ``env:NAME``, the value of an
            environment variable; ``file:PATH``, the content of a file without its last line end.

    Raises:
        ConfigurationError: The variable or file is missing, empty or too long. The message names
            the reference and never the secret.
    """
    if isinstance(reference, bytes):
        return reference
    kind, colon, name = reference.partition(":")
    if colon and kind == "env":
        value = os.environ.get(name)
        if not value:
            raise ConfigurationError(
                f"the environment variable {name} holds no secret", hint=f"export {name}=…"
            )
        return value.encode()
    if colon and kind == "file":
        return _read_secret(name)
    return reference.encode()


def _read_secret(name: str) -> bytes:
    from pathlib import Path  # noqa: PLC0415 - most secrets are no files, and it is slow to import

    path = Path(name)
    try:
        with path.expanduser().open("rb") as file:
            content = file.read(SECRET_MAX + 1)
    except OSError as error:
        raise ConfigurationError(
            f"the secret file {path} cannot be read: {error.strerror}",
            hint="check its name, owner and mode",
        ) from None
    content = content.rstrip(b"\r\n")
    if not content or len(content) > SECRET_MAX:
        raise ConfigurationError(
            f"the secret file {path} is {'too long' if content else 'empty'}",
            hint="it holds one secret and nothing else",
        )
    return content
