"""A person's number or a body's code as somebody types it on the command line."""

from __future__ import annotations

import argparse

from mianzheng.client.numbers import narrow


def typed_number(text: str) -> str:
    """Return the number as registers write it: full-width signs made narrow, blanks at its ends left out, X a capital.

    Whether it is a number that anybody has is the authority's to say. `ArgumentTypeError` for what cannot be one.
    """
    number = narrow(text)
    if number and not (number.isascii() and number.isalnum()):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of a person or body: it has digits and capitals alone")
    return number
