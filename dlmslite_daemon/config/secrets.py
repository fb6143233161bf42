"""Keys, passwords and tokens: from files, the environment, systemd, or sealed for the store.

A configuration and the store hold references; ``Secrets.reveal`` turns one into a ``Secret``, whose
text leaves only by an explicit call and never by a repr, a log line or an error.

=================  ============================================================
``env:NAME``       the environment variable NAME
``file:PATH``      the first line of a file
``credential:N``   the file N in ``$CREDENTIALS_DIRECTORY`` (systemd LoadCredential=)
``sealed:TEXT``    sealed with the key file (AES-256-GCM); what ``Secrets.seal`` gave
=================  ============================================================

The only importer of ``cryptography`` in the daemon.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dlmslite_daemon.config.schema import check_secret
from dlmslite_daemon.errors import SecretError

_KEY_OCTETS = 32  # AES-256
_NONCE_OCTETS = 12  # the length that GCM is made for (NIST SP 800-38D, 5.2.1.1)
_LONGEST = 4096  # octets of a secret from a file; a larger one is some other file
_PURPOSE = b"dlmslite-bridge secret 1"  # authenticated with each sealed secret


class Secret:
    """A secret that does not show itself.

    Args:
        text: What it is.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself; for the call that needs it, and for nothing else."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> str:
        raise SecretError("a secret is not written anywhere by itself")


class Secrets:
    """Opens references, seals what the store is to keep, and tells credentials apart.

    Args:
        key_file: The key file; it is made with mode 0600 at the first need.
        environ: The environment.
    """

    def __init__(self, key_file: Path, environ: Mapping[str, str]) -> None:
        self._key_file = key_file
        self._environ = environ
        self._key: bytes | None = None

    def reveal(self, reference: str, key: str = "") -> Secret:
        """The secret behind a reference; an empty one for an empty reference.

        Args:
            reference: The reference.
            key: The dotted key where it stands, for errors.

        Raises:
            SecretError: It is no reference, or leads nowhere.
        """
        check_secret(reference, key)
        scheme, _, rest = reference.partition(":")
        if scheme == "env":
            value = self._environ.get(rest)
            if value is None:
                raise SecretError(f"the environment has no {rest}", key=key, code="E-SECRET-ENV")
            return Secret(value)
        if scheme == "file":
            return _from_file(Path(rest), key)
        if scheme == "credential":
            folder = self._environ.get("CREDENTIALS_DIRECTORY")
            if not folder or "/" in rest:
                raise SecretError(
                    f"systemd gave no credential {rest!r}",
                    key=key,
                    code="E-SECRET-CREDENTIAL",
                    hint="LoadCredential= in the unit gives it",
                )
            return _from_file(Path(folder) / rest, key)
        return self._unseal(rest, key) if scheme == "sealed" else Secret("")

    def seal(self, secret: Secret) -> str:
        """A reference that holds the secret, sealed with the key file.

        Raises:
            SecretError: The key file cannot be read or made.
        """
        nonce = os.urandom(_NONCE_OCTETS)
        box = AESGCM(self._own_key()).encrypt(nonce, secret.reveal().encode(), _PURPOSE)
        return "sealed:" + base64.urlsafe_b64encode(nonce + box).decode()

    def fingerprint(self, secret: Secret) -> str:
        """Tells whether two credentials are the same, and nothing else about them.

        It is keyed with the key file: meter passwords are short, and a plain digest would tell.

        Raises:
            SecretError: The key file cannot be read or made.
        """
        purpose = b"fingerprint\0" + secret.reveal().encode()
        return hmac.new(self._own_key(), purpose, hashlib.sha256).hexdigest()[:32]

    def _unseal(self, text: str, key: str) -> Secret:
        try:
            octets = base64.b64decode(text, altchars=b"-_", validate=True)
            nonce, box = octets[:_NONCE_OCTETS], octets[_NONCE_OCTETS:]
            return Secret(AESGCM(self._own_key()).decrypt(nonce, box, _PURPOSE).decode())
        except (InvalidTag, ValueError, binascii.Error):
            raise SecretError(
                f"the sealed secret does not open with {self._key_file}",
                key=key,
                code="E-SECRET-SEAL",
                hint="restore the key file that belongs to this store, or set the secret anew",
            ) from None

    def _own_key(self) -> bytes:
        if self._key is None:
            self._key = self._read_key() or self._make_key()
        return self._key

    def _read_key(self) -> bytes | None:
        try:
            text = self._key_file.read_bytes().strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _key_error(self._key_file, error.strerror or "") from None
        try:
            key = base64.urlsafe_b64decode(text)
        except (ValueError, binascii.Error):
            key = b""
        if len(key) != _KEY_OCTETS:
            raise _key_error(self._key_file, "it holds no key")
        return key

    def _make_key(self) -> bytes:
        key = os.urandom(_KEY_OCTETS)
        try:
            # Exclusive: two processes must not make two keys, and none is ever overwritten.
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with os.fdopen(os.open(self._key_file, flags, 0o600), "wb") as file:
                file.write(base64.urlsafe_b64encode(key) + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except FileExistsError:
            return self._read_key() or key
        except OSError as error:
            raise _key_error(self._key_file, error.strerror or "") from None
        return key


def _key_error(path: Path, reason: str) -> SecretError:
    return SecretError(
        f"the key file {path} cannot be used: {reason}",
        key="secrets.key_file",
        code="E-SECRET-KEY-FILE",
    )


def _from_file(path: Path, key: str) -> Secret:
    try:
        with path.open("rb") as file:
            octets = file.read(_LONGEST + 1)
    except OSError as error:
        raise SecretError(
            f"{path} cannot be read: {error.strerror}", key=key, code="E-SECRET-FILE"
        ) from None
    if len(octets) > _LONGEST:
        raise SecretError(f"{path} is too long for a secret", key=key, code="E-SECRET-FILE")
    try:
        # One line: editors and echo put a line feed at the end that is not part of it.
        return Secret(octets.decode().splitlines()[0] if octets else "")
    except UnicodeDecodeError:
        raise SecretError(f"{path} is not UTF-8", key=key, code="E-SECRET-FILE") from None
