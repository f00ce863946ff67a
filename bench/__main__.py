"""`python -m bench [NAME…]`: run all measurements, or those named."""

from __future__ import annotations

import argparse
from pathlib import Path

from bench import case, catalogue, credentials, klm, pages, rules, start

NAMES = ("rules", "catalogue", "credentials", "start", "case", "pages", "klm")


def main() -> None:
    """Run what is named."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="measure; docs/bench.md says how to read it")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(NAMES)} (default: all)")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="`case`: a city that is up; `pages`, `klm`: one that is built"
    )
    parser.add_argument("--residents", type=int, metavar="N", help="people in the registers, for `pages` (20,000)")
    parser.add_argument(
        "--small", action="store_true", help="`pages`: a tenth of the crowd; `case`: a quarter of the cases"
    )
    args = parser.parse_args()
    if unknown := sorted(set(args.names) - set(NAMES)):
        parser.error(f"no measurement {', '.join(unknown)}; there are {', '.join(NAMES)}")
    for name in args.names or NAMES:
        if name == "rules":
            rules.main()
        elif name == "catalogue":
            catalogue.main()
        elif name == "credentials":
            credentials.main()
        elif name == "start":
            start.main()
        elif name == "klm":
            klm.main(args.data)
        elif name == "pages":
            pages.main(small=args.small, data=args.data, residents=args.residents or pages.RESIDENTS)
        else:
            case.main(args.data, small=args.small)


if __name__ == "__main__":
    main()
