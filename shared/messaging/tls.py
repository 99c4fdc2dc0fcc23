"""TLS towards the broker: the server's certificate is always verified, against the host name in the URL."""

from __future__ import annotations

import ssl
from pathlib import Path

from shared.errors import TransientError

_FILE_REMEDY = "Check that the file is mounted, readable for the service's user, and PEM."
_UNVERIFIED = "Set LRECL_BROKER_CA_FILE to the CA that signed it, and use a host name of the certificate in the URL."
_REFUSED = "Check that the port is the broker's TLS port (usually 5671), and a client certificate, if it asks for one."


def client_context(ca: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    """A context that trusts the CA in ``ca`` (PEM), by default the system's, and presents ``certificate`` if asked.

    ``key`` may be left out if the certificate's file holds the key, too. LRM010 for a file that cannot be used.
    """
    _check({"CA_FILE": ca, "CERTIFICATE_FILE": certificate, "KEY_FILE": key})
    try:
        context = ssl.create_default_context(cafile=ca)
        if certificate is not None:
            context.load_cert_chain(certificate, key, password="")  # nobody is there to type the key's passphrase
    except (ssl.SSLError, OSError) as error:
        files = ", ".join(str(path) for path in (ca, certificate, key) if path is not None)
        message = f"TLS towards the broker cannot be set up from {files}: {error}"
        raise TransientError("LRM010", message, remedy=_FILE_REMEDY) from error
    return context


def handshake_error(error: BaseException) -> TransientError | None:
    """LRM011 if pika's ``error`` comes from TLS; None for every other failure to connect."""
    found = _tls_cause(error)
    if isinstance(found, ssl.SSLCertVerificationError):
        message = f"the broker's certificate is not trusted: {found.verify_message}"
        return TransientError("LRM011", message, remedy=_UNVERIFIED)
    if found is None:
        return None
    return TransientError("LRM011", f"no TLS with the broker: {found}", remedy=_REFUSED)


def _check(files: dict[str, Path | None]) -> None:
    for setting, path in files.items():
        if path is None:
            continue
        try:
            path.open("rb").close()
        except OSError as error:
            message = f"LRECL_BROKER_{setting} names {path}, which cannot be read: {error.strerror}"
            raise TransientError("LRM010", message, remedy=_FILE_REMEDY, path=str(path)) from error


def _tls_cause(error: BaseException) -> ssl.SSLError | None:
    """The TLS error inside pika's, which holds it as ``exception``, as an argument or as its cause."""
    if isinstance(error, ssl.SSLError):
        return error
    inner = [getattr(error, "exception", None), error.__cause__, *error.args]
    causes = (_tls_cause(one) for one in inner if isinstance(one, BaseException))
    return next((cause for cause in causes if cause is not None), None)
