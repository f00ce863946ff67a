"""Sheets signed and verified per second, beside raw `cryptography` calls and the sd-jwt package.

One sheet has eight answers of the real shape. `raw` signs and verifies the same bytes with nothing
around them, so its ratio shows what form, salts, digests and strict checks cost. Rounds of all
contenders alternate in order, so that a busy machine slows them alike; the figure is the median
round, its spread stands beside it. Aim: at least half of raw. Run: `python -m bench credentials`.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from jwcrypto.jwk import JWK
from rich.table import Table
from sd_jwt.common import SDObj
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from bench.report import console, machine, write
from mianzheng.credentials import jwe, jws, sdjwt
from mianzheng.credentials.assertion import make_assertion, verify_assertion
from mianzheng.credentials.keys import PrivateKey
from mianzheng.ledger.entry import leaf_hash
from mianzheng.ledger.tree import MemoryNodes, append
from mianzheng.model.evidence import Answer, RestsOn, Status

ROUNDS, CALLS = 41, 60
NOW = 1_800_000_000
KEY = PrivateKey.generate()
CLAIMS: dict[str, object] = {
    "iss": "civil-affairs",
    "iat": NOW,
    "use_before": NOW + 86_400,
    "case": "c-0123456789abcdef",
    "role": "applicant",
    "request": "r-0123456789abcdef",
    "bundle": "b" * 43,
    "authorisation": "a" * 43,
    "item": "old-age-allowance",
    "item_version": 1,
    "entry": "e" * 43,
}
ANSWER = Answer(
    status=Status.VALUE, value=True, rests_on=RestsOn.ROW, as_of=datetime(2026, 11, 25, tzinfo=UTC), scope="here"
)
ANSWERS: list[tuple[str, object]] = [(f"q{number:026d}", ANSWER) for number in range(8)]


def contenders() -> dict[str, Callable[[], object]]:
    """Return what is measured, by name; each call does one whole operation."""
    sheet = sdjwt.issue(CLAIMS, ANSWERS, key=KEY, typ="mz-sheet")
    return {**_raw(sheet), **_ours(sheet), **_package(), **_others()}


def measure(works: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    """Return the CPU microseconds of one call, by name, for each round."""
    names = list(works)
    taken: dict[str, list[float]] = {name: [] for name in names}
    for round_ in range(ROUNDS):
        for name in names if round_ % 2 else reversed(names):
            work = works[name]
            start = time.thread_time()  # the machine may be busy: count this thread only
            for _ in range(CALLS):
                work()
            taken[name].append((time.thread_time() - start) / CALLS * 1e6)
    return taken


def summarise(taken: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    """Return median, best, and tenth and ninetieth percentile of the microseconds, by name."""
    return {
        name: {
            "median": statistics.median(times),
            "best": min(times),
            "p10": statistics.quantiles(times, n=10)[0],
            "p90": statistics.quantiles(times, n=10)[8],
        }
        for name, times in taken.items()
    }


def ratios(summary: dict[str, dict[str, float]], *, of: str) -> dict[str, float]:
    """Return raw time over each way's time, 1 being as fast as raw, from the figures named `of`."""
    found = {}
    for way in ("sheet", "sd-jwt package"):
        for step in ("sign", "verify"):
            found[f"{way} {step}"] = summary[f"raw {step}"][of] / summary[f"{way} {step}"][of]
        raw = summary["raw sign"][of] + summary["raw verify"][of]
        found[f"{way} both"] = raw / (summary[f"{way} sign"][of] + summary[f"{way} verify"][of])
    return found


def main() -> None:
    """Measure, print the tables, write the JSON."""
    about = machine()
    summary = summarise(measure(contenders()))
    median, best = ratios(summary, of="median"), ratios(summary, of="best")
    _show(summary, median, best)
    found = {
        "microseconds": summary,
        "per_second": {name: round(1e6 / figures["median"]) for name, figures in summary.items()},
        "ratio_median": median,
        "ratio_best": best,
    }
    write("credentials", {**about, "rounds": ROUNDS, "calls": CALLS, **found})


def _raw(sheet: str) -> dict[str, Callable[[], object]]:
    private = ec.generate_private_key(ec.SECP256R1())
    public, algorithm = private.public_key(), ec.ECDSA(hashes.SHA256())
    data = sheet.partition("~")[0].rpartition(".")[0].encode()
    signature = private.sign(data, algorithm)
    return {
        "raw sign": lambda: private.sign(data, algorithm),
        "raw verify": lambda: public.verify(signature, data, algorithm),
    }


def _ours(sheet: str) -> dict[str, Callable[[], object]]:
    return {
        "sheet sign": lambda: sdjwt.issue(CLAIMS, ANSWERS, key=KEY, typ="mz-sheet"),
        "sheet verify": lambda: sdjwt.verify(sheet, typ="mz-sheet", key=KEY.public, now=NOW),
    }


def _package() -> dict[str, Callable[[], object]]:
    private = JWK(**msgspec.to_builtins(KEY.to_jwk()))
    public = JWK(**msgspec.to_builtins(KEY.public.jwk))
    claims = {**CLAIMS, **{SDObj(name): msgspec.to_builtins(answer) for name, answer in ANSWERS}}
    token = SDJWTIssuer(claims, private).sd_jwt_issuance
    return {
        "sd-jwt package sign": lambda: SDJWTIssuer(claims, private),
        "sd-jwt package verify": lambda: SDJWTVerifier(token, lambda *_: public).get_verified_payload(),
    }


def _others() -> dict[str, Callable[[], object]]:
    token = jws.sign(b'{"a":1}', key=KEY, typ="mz-step")
    sealed = jwe.seal(b"x" * 300, to=KEY.public, typ="mz-statement")
    challenge, page, site = b"c" * 32, "http://localhost", "localhost"
    made = make_assertion(KEY, challenge, origin=page, rp_id=site)
    leaves = [leaf_hash(b"s" * 16, str(number).encode()) for number in range(100)]
    return {
        "JWS sign": lambda: jws.sign(b'{"a":1}', key=KEY, typ="mz-step"),
        "JWS verify": lambda: jws.verify(token, typ="mz-step", key=KEY.public),
        "JWE seal": lambda: jwe.seal(b"x" * 300, to=KEY.public, typ="mz-statement"),
        "JWE open": lambda: jwe.open_sealed(sealed, key=KEY, typ="mz-statement"),
        "assertion make": lambda: make_assertion(KEY, challenge, origin=page, rp_id=site),
        "assertion verify": lambda: verify_assertion(
            made, challenge, rp_ids=(site,), origins=(page,), allow_software=True
        ),
        "ledger append of 100": lambda: append(MemoryNodes(), 0, leaves),
    }


def _show(summary: dict[str, dict[str, float]], median: dict[str, float], best: dict[str, float]) -> None:
    out = console()
    times = Table("operation", "µs median", "p10–p90", "per second", title="Sheets of 8 answers, and what is around")
    for name, figures in summary.items():
        spread = f"{figures['p10']:.0f}–{figures['p90']:.0f}"
        times.add_row(name, f"{figures['median']:.1f}", spread, f"{1e6 / figures['median']:,.0f}")
    shares = Table("raw time / its time", "median", "best round", title="Share of raw speed (aim 0.5)")
    for name, share in median.items():
        shares.add_row(name, f"{share:.2f}", f"{best[name]:.2f}")
    out.print(times)
    out.print(shares)


if __name__ == "__main__":
    main()
