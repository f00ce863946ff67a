"""A small HTTP server on loopback for one device: bytes in, bytes out, errors as problem documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec

from mianzheng.model.errors import MianzhengError
from mianzheng.model.problem import Problem

MOST_BYTES = 256 * 1024
Work = Callable[[str, bytes], bytes]  # what follows the path's name, and the body


class DeviceRefused(MianzhengError):
    """The device does not do that."""

    code = "device-refused"


class Device(ThreadingHTTPServer):
    """The server of one device; `routes`: `GET /phones` → work."""

    daemon_threads = True

    def __init__(self, port: int, routes: Mapping[str, Work]) -> None:
        """Listen on a port of the loopback interface, 0 for any free one."""
        self.routes = dict(routes)
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def url(self) -> str:
        """Where the device is reached."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Device

    def do_GET(self) -> None:
        """Serve a GET."""
        self._answer("GET", b"")

    def do_POST(self) -> None:
        """Serve a POST."""
        length = int(self.headers.get("content-length") or 0)
        if not 0 <= length <= MOST_BYTES:
            return self._problem(DeviceRefused("the body is too long", code="too-large"), 413)
        return self._answer("POST", self.rfile.read(length))

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing: a path may name a telephone."""

    def _answer(self, method: str, body: bytes) -> None:
        _, name, *rest = self.path.split("/")
        work = self.server.routes.get(f"{method} /{name}")
        if self.path == "/health":
            return self._send(200, b'{"status": "ok"}', "application/json")
        if work is None:
            return self._problem(DeviceRefused("a device does not serve that", code="not-found"), 404)
        try:
            return self._send(200, work("/".join(rest), body), "application/json")
        except MianzhengError as error:
            return self._problem(error, 403)

    def _problem(self, error: MianzhengError, status: int) -> None:
        document = Problem(
            type=f"urn:mianzheng:problem:{error.code}",
            title=error.code.replace("-", " "),
            status=status,
            detail=error.message,
            code=error.code,
            hint=error.hint,
        )
        self._send(status, msgspec.json.encode(document), "application/problem+json")

    def _send(self, status: int, body: bytes, media: str) -> None:
        self.send_response(status)
        self.send_header("content-type", media)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
