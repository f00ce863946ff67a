"""An issuer's status list, fetched whole: the issuer does not learn whose credential or mandate is looked at."""

from __future__ import annotations

import aiohttp

from mianzheng.credentials.credential import StatusReference
from mianzheng.credentials.status import StatusList, verify_status_list
from mianzheng.credentials.trust import Party, TrustStore, Untrusted
from mianzheng.model.errors import MianzhengError

SECONDS = 5.0  # to fetch a status list


class StatusUnknown(MianzhengError):
    """The issuer's status list could not be fetched."""

    code = "status-unavailable"
    permanent = False


async def fetch_status_list(
    reference: StatusReference, issuer: Party, trust: TrustStore, now: int, http: aiohttp.ClientSession
) -> StatusList:
    """Return the list that `issuer` signed, verified at `now` (seconds).

    `StatusUnknown` when it does not answer, `Untrusted` or `BadToken` when it is another's, too old or malformed.
    """
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    try:
        async with http.get(reference.uri, timeout=timeout, allow_redirects=False) as answer:
            if answer.status != 200:
                raise StatusUnknown(f"the status list at {reference.uri} answers {answer.status}")
            token = (await answer.read()).decode("ascii", "replace")
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        said = str(error) or type(error).__name__
        raise StatusUnknown(f"the status list at {reference.uri} does not answer: {said}") from None
    party, key = trust.owner(token, use="sign", at=now)
    if party.party != issuer.party:
        raise Untrusted(f"the status list is not signed by {issuer.party}", code="untrusted-key")
    return verify_status_list(token, key=key, uri=reference.uri, now=now)
