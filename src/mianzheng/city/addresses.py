"""Where each register of a city lies: the SQLAlchemy URLs that its department's gateway is given."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy.engine import make_url

from mianzheng.city.build import REGISTERS
from mianzheng.city.engines.postgresql import reader_of
from mianzheng.model.facts import Register


def register_urls(folder: Path, registers: Iterable[Register], postgres_url: str) -> dict[str, str]:
    """Return URL by register; PostgreSQL ones name the department's read-only role.

    `postgres_url` is what the running server of the city answers to (its socket's folder may change
    from one start to the next). File URLs are absolute; a gateway opens them read-only.
    """
    server = make_url(postgres_url)
    urls: dict[str, str] = {}
    for register in registers:
        if register.engine == "postgresql":
            reader = server.set(username=reader_of(register.department), password=None, database=REGISTERS)
            urls[register.register] = reader.render_as_string(hide_password=False)
        else:
            file = folder.resolve() / REGISTERS / f"{register.register}.{register.engine}"
            urls[register.register] = f"{register.engine}:///{file}"
    return urls
