"""The outgoing half of mTLS: by which certificate this process shows itself to its peers, and whose it believes.

The incoming half is a proxy's (`docs/running.md`). TLS protects traffic patterns and closes gateways to strangers; who
speaks and what was said is decided by the signatures over bodies all the same.
"""

from __future__ import annotations

import ssl
from pathlib import Path

import msgspec

from mianzheng.credentials.keys import refuse_if_shared
from mianzheng.model.errors import WrongUse


class ClientTls(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """PEM files: this process's certificate (with those between it and the CA), its key, and the city's own CA."""

    certificate: str
    key: str
    ca: str

    def within(self, folder: Path) -> ClientTls:
        """Return the same files with absolute paths, relative ones being of `folder`."""
        return ClientTls(
            certificate=str(folder / self.certificate), key=str(folder / self.key), ca=str(folder / self.ca)
        )


def tls_of(files: ClientTls | None) -> ssl.SSLContext | None:
    """Return what opens connections with these files, None without them; `WrongUse` names the file that is wrong.

    Only peers whose certificate the city's CA signed for their name are spoken to, by TLS 1.3.
    """
    if files is None:
        return None
    for name in ("certificate", "key", "ca"):
        if not Path(getattr(files, name)).is_file():
            raise _wrong(f"tls.{name}: no file {getattr(files, name)}")
    refuse_if_shared(Path(files.key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_verify_locations(cafile=files.ca)
    except ssl.SSLError:
        raise _wrong(f"tls.ca: {files.ca} holds no certificate in PEM") from None
    try:
        context.load_cert_chain(files.certificate, files.key, password="")  # a locked key is refused, not asked for
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise _wrong(f"tls.key: {files.key} is not the key of {files.certificate}") from None
        raise _wrong(f"tls: {files.certificate} and {files.key} hold no certificate and unlocked key in PEM") from None
    return context


def _wrong(message: str) -> WrongUse:
    return WrongUse(message, hint="docs/running.md says which files stand under `tls`", code="bad-config")
