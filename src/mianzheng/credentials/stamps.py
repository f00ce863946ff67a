"""The keys of electronic seals 电子印章: X.509, because every PDF reader checks it.

```
KEYS/roots/stamp-root.key.pem                      the root's key; to be taken offline with the others
KEYS/<gateway>/stamp.key.pem, stamp.pem            a department's key and certificate
KEYS/<party>/stamp-root.pem, KEYS/public/…         the root's certificate: what anybody may have
```

The certificate names the department's gateway as organisational unit: that joins it to the trust list. A real city
puts the certificates of a licensed authority (电子签名法 art. 16) in these places.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mianzheng.credentials.keys import BadKey, refuse_if_shared, write_secret

KEY_FILE, CERTIFICATE_FILE, ROOT_FILE = "stamp.key.pem", "stamp.pem", "stamp-root.pem"
_COUNTRY = "CN"
Key = ec.EllipticCurvePrivateKey


class StampRoot:
    """The root that certifies the departments' seals; made at the key ceremony."""

    def __init__(self, *, start: int, end: int) -> None:
        """Make it; it holds from `start` to `end`, seconds since the epoch."""
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._start, self._end = _moment(start), _moment(end)
        name = _name("mianzheng demo seals", "roots", "mianzheng seal root")
        builder = self._builder(name, name, self._key.public_key())
        usage = _usage(signs=False, certifies=True)
        self.certificate = (
            builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self._name = name

    def write(self, folder: Path) -> None:
        """Write the root's own key into a folder that goes offline."""
        write_secret(folder / "stamp-root.key.pem", _pem(self._key))

    def issue(self, folder: Path, *, party: str, department: str) -> None:
        """Make a department's key and certificate in its gateway's folder."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(_name(department, party, f"{department} seal"), self._name, key.public_key())
        certificate = (
            builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=True, certifies=False), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        write_secret(folder / KEY_FILE, _pem(key))
        write_secret(folder / CERTIFICATE_FILE, certificate.public_bytes(serialization.Encoding.PEM))

    def hand_out(self, folder: Path) -> None:
        """Write the root's certificate into a folder."""
        write_secret(folder / ROOT_FILE, self.certificate.public_bytes(serialization.Encoding.PEM))

    def _builder(
        self, subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._start)
            .not_valid_after(self._end)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        )


def stamp_of(folder: Path) -> tuple[bytes, bytes] | None:
    """Return key and certificate (PEM) of a department's seal, None where its folder holds none; `BadKey` if shared."""
    key, certificate = folder / KEY_FILE, folder / CERTIFICATE_FILE
    if not key.exists():
        return None
    refuse_if_shared(key)
    if not certificate.exists():
        raise BadKey(f"{certificate} is missing", hint="the seal's key needs its certificate")
    return key.read_bytes(), certificate.read_bytes()


def root_of(folder: Path) -> bytes | None:
    """Return the certificate (PEM) of the root of seals, None where a folder holds none."""
    path = folder / ROOT_FILE
    return path.read_bytes() if path.exists() else None


def _name(organisation: str, unit: str, common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, _COUNTRY),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _usage(*, signs: bool, certifies: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=signs,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certifies,
        crl_sign=certifies,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: Key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
