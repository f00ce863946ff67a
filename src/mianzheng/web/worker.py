"""The worker process: waiting cases, the ledger's sequencer, witness rounds (see `cases.worker`)."""

from __future__ import annotations

import asyncio
import logging
import signal
from pathlib import Path

from mianzheng.cases.worker import work
from mianzheng.credentials.keys import KeyFolder
from mianzheng.store.migrate import migrate
from mianzheng.web.config import HubConfig
from mianzheng.web.parts import close_hub, make_hub


def run_worker(config: HubConfig, *, days_ahead: int = 0) -> None:
    """Run the worker until the process is told to end."""
    logging.basicConfig(level=config.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    migrate(config.database_url)
    asyncio.run(_run(config, days_ahead))


async def _run(config: HubConfig, days_ahead: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    hub = make_hub(config, days_ahead=days_ahead)
    try:
        await work(hub, KeyFolder(Path(config.keys)).load("log"), stop=stop)
    finally:
        await close_hub(hub)
