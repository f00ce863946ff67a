"""mTLS for real: a gateway behind a proxy that wants a certificate of the city, and who asks it."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mianzheng.authority.devices import HttpDevices
from mianzheng.credentials.ceremony import PartySpec, hold_ceremony
from mianzheng.credentials.client_tls import ClientTls, tls_of
from mianzheng.credentials.trust import TrustStore
from mianzheng.exchange.peers import Got, Letter, Peers, Reply, Silent
from mianzheng.model.errors import WrongUse
from mianzheng.web.config import HubConfig, read_config, write_config
from mianzheng.web.parts import make_hub

LOCKED = serialization.BestAvailableEncryption(b"secret")
OPEN = serialization.NoEncryption()


class City:
    """A certificate authority and what it signed, as PEM files in a folder."""

    def __init__(self, folder: Path, name: str = "city") -> None:
        self.folder, self.name = folder, name
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.ca = folder / f"{name}-ca.pem"
        self.certificate = self._sign(name, self.key, ca=True)
        self.ca.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def files(
        self, name: str, *, ca: Path | None = None, lock: serialization.KeySerializationEncryption = OPEN
    ) -> ClientTls:
        """A new key and its certificate; `ca`: whom its holder believes, this city unless said."""
        key = ec.generate_private_key(ec.SECP256R1())
        at, secret = self.folder / f"{self.name}-{name}.pem", self.folder / f"{self.name}-{name}.key"
        at.write_bytes(self._sign(name, key).public_bytes(serialization.Encoding.PEM))
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)
        secret.touch(mode=0o600)
        secret.write_bytes(pem)
        return ClientTls(certificate=str(at), key=str(secret), ca=str(ca or self.ca))

    def _sign(self, name: str, key: ec.EllipticCurvePrivateKey, *, ca: bool = False) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)])
        now = datetime.now(UTC)
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.2" if name == "elsewhere" else "127.0.0.1"))
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        )
        return builder.sign(self.key, hashes.SHA256())


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


def guarded(files: ClientTls) -> ssl.SSLContext:
    """What stands before a gateway (`ssl_verify_client on`)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(files.certificate, files.key)
    context.load_verify_locations(files.ca)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def ask(before: ClientTls, shown: ssl.SSLContext | None) -> tuple[Reply, list[bytes]]:
    """Post to a gateway behind `before`; return the reply, and what reached the gateway."""
    heard: list[bytes] = []

    async def answer(request: web.Request) -> web.Response:
        heard.append(await request.read())
        return web.Response(body=b"signed answer")

    async def work() -> Reply:
        app = web.Application()
        app.router.add_post("/answers", answer)
        server = TestServer(app, scheme="https")
        await server.start_server(ssl=guarded(before))
        peers = Peers({"gateway": f"https://127.0.0.1:{server.port}"}, timeout=5.0, tls=shown)
        try:
            return await peers.post(Letter(party="gateway", path="/answers", body=b"signed question"))
        finally:
            await peers.close()
            await server.close()

    return asyncio.run(work()), heard


def test_a_hub_with_the_citys_certificate_is_answered(city: City) -> None:
    reply, heard = ask(city.files("gateway"), tls_of(city.files("hub")))
    assert reply == Got(unverified=b"signed answer")
    assert heard == [b"signed question"]


def test_who_shows_no_certificate_reaches_no_gateway(city: City) -> None:
    believing = ssl.create_default_context(cafile=str(city.ca))
    reply, heard = ask(city.files("gateway"), believing)
    assert isinstance(reply, Silent) and heard == []


def test_who_shows_a_strangers_certificate_reaches_no_gateway(city: City, tmp_path: Path) -> None:
    stranger = City(tmp_path, "stranger").files("hub", ca=city.ca)
    reply, heard = ask(city.files("gateway"), tls_of(stranger))
    assert isinstance(reply, Silent) and heard == []


@pytest.mark.parametrize("who", ["stranger", "elsewhere"])
def test_a_gateway_that_is_not_the_citys_or_has_another_name_is_not_asked(city: City, tmp_path: Path, who: str) -> None:
    signer = City(tmp_path, "stranger") if who == "stranger" else city
    reply, heard = ask(signer.files(who, ca=city.ca), tls_of(city.files("hub")))
    assert isinstance(reply, Silent) and heard == []
    assert "Certificate" in reply.reason


def test_an_authority_shows_its_certificate_to_its_devices(city: City, tmp_path: Path) -> None:
    hold_ceremony(tmp_path / "keys", parties=(PartySpec(party="comparer", roles=("comparer",)),), demo=True)
    public = tmp_path / "keys" / "public"
    trust = TrustStore.load(public / "trust.json", public / "roots.json")

    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    async def work(tls: ssl.SSLContext | None) -> bytes | None:
        app = web.Application()
        app.router.add_post("/compare", answer)
        server = TestServer(app, scheme="https")
        await server.start_server(ssl=guarded(city.files("comparer")))
        devices = HttpDevices({"comparer": f"https://127.0.0.1:{server.port}"}, trust, tls)
        try:
            return await asyncio.to_thread(devices.post, "comparer", "/compare", b"face")
        finally:
            await server.close()

    assert asyncio.run(work(tls_of(city.files("authority")))) == b"face"
    assert asyncio.run(work(ssl.create_default_context(cafile=str(city.ca)))) is None


def _missing(city: City, files: ClientTls) -> str:
    Path(files.ca).unlink()
    return "tls.ca: no file"


def _another_key(city: City, files: ClientTls) -> str:
    Path(files.key).write_bytes(Path(city.files("other").key).read_bytes())
    return "is not the key of"


def _no_ca(city: City, files: ClientTls) -> str:
    Path(files.ca).write_text("not a certificate")
    return "tls.ca: .* holds no certificate"


def _no_certificate(city: City, files: ClientTls) -> str:
    Path(files.certificate).write_text("not a certificate")
    return "hold no certificate and unlocked key"


def _locked(city: City, files: ClientTls) -> str:
    Path(files.key).write_bytes(Path(city.files("locked", lock=LOCKED).key).read_bytes())
    return "hold no certificate and unlocked key"


def _open_to_others(city: City, files: ClientTls) -> str:
    Path(files.key).chmod(0o644)
    return "is open to others"


@pytest.mark.parametrize("wrong", [_missing, _another_key, _no_ca, _no_certificate, _locked, _open_to_others])
def test_a_wrong_file_stops_the_start_and_is_named(
    city: City, tmp_path: Path, wrong: Callable[[City, ClientTls], str]
) -> None:
    files = city.files("hub")
    named = ClientTls(**{name: Path(getattr(files, name)).name for name in files.__struct_fields__})
    gateways = {"civil-affairs": "https://127.0.0.1:1"}
    write_config(tmp_path, HubConfig(port=1, database_url="postgresql://x@/y", gateways=gateways, tls=named))
    message = wrong(city, files)
    with pytest.raises(WrongUse, match=message):
        make_hub(read_config(tmp_path))
