"""`/sign-in` and `/confirm`: somebody proves who they are, and goes back with this authority's word or signature.

1. A hub's page leads here; the address back must be that hub's own.
2. The person chooses a provider, which asks them anew, always. What is asked of the provider is bound to this flow
   (state, PKCE), to this browser (a cookie), and of a signature to the very digest (nonce).
3. `/sign-in/callback` checks all of it and leads back. The page that leads back is one of ours: a redirect that began
   with a provider's form would be held up by that provider's own content security policy.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import PathParameter, QueryParameter
from litestar.response import Redirect, Response, Template

from mianzheng.authority.site import granting, rows, vouching
from mianzheng.authority.site.provider import ProviderRefused
from mianzheng.authority.site.rows import Act, Flow
from mianzheng.authority.site.showing import PageRequest, browser_of, cookie, show
from mianzheng.authority.site.site import BROWSER_COOKIE, SESSION_COOKIE, BadFlow, BadLink, Site, with_query
from mianzheng.authority.site.vouching import Proven
from mianzheng.credentials.jws import BadToken
from mianzheng.look.preferences import own_path
from mianzheng.model.canonical import b64, canonical, unb64
from mianzheng.model.errors import MianzhengError

Short = Annotated[str, QueryParameter(max_length=200)]
Long = Annotated[str, QueryParameter(max_length=2000)]
Name = Annotated[str, PathParameter(max_length=40)]
For = Annotated[Act, QueryParameter()]
Named = Annotated[str, QueryParameter(name="state", max_length=200)]
Back = Annotated[str, QueryParameter(name="return", max_length=2000)]
Hint = Annotated[str, QueryParameter(name="login_hint", max_length=40)]
Answer = TypeVar("Answer", Template, Redirect)
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,200}")
DIGEST_BYTES = 32


def handlers(site: Site) -> list[HTTPRouteHandler]:
    """Return the route handlers of signing in and confirming."""
    return [*_asking(site), *_providing(site)]


def _asking(site: Site) -> list[HTTPRouteHandler]:
    @get("/sign-in", sync_to_thread=True)
    def sign_in(
        request: PageRequest,
        audience: Short = "",
        nonce: Short = "",
        named: Named = "",
        next: Long = "/",
        back: Back = "",
        hint: Hint = "",
        act: For = "",
    ) -> Template | Redirect:
        browser = browser_of(request) or rows.new_token()
        flow = _begun(site, browser, audience=audience, nonce=nonce, state=named, back=back, next=next, act=act)
        token = site.begin(flow)
        if hint and (provider := site.demo_provider()):
            onward = Redirect(to_provider(site, provider, token, browser, hint=hint), status_code=303)
            return _known(onward, browser)
        shown = show(
            request, site, "sign_in.html", flow=token, challenge=rows.named(token),
            rp_id=site.authority.trust.rp_ids[0], own=flow.audience == site.authority.party, act=flow.act,
            providers=[one.config for one in site.providers.values()],
        )  # fmt: skip
        return _known(shown, browser)

    @get("/confirm", sync_to_thread=True)
    def confirm(
        request: PageRequest,
        audience: Short,
        digest: Short,
        named: Named = "",
        back: Back = "",
    ) -> Template:
        site.check_return(audience, back)
        browser = browser_of(request) or rows.new_token()
        flow = Flow(
            purpose="confirm", audience=audience, nonce="", back=back, state=named, browser=rows.named(browser),
            at=site.now(), digest=_digest(digest),
        )  # fmt: skip
        return _known(show(request, site, "confirm.html", flow=site.begin(flow), digest=digest,
                           providers=[one.config for one in site.providers.values()]), browser)  # fmt: skip

    return [sign_in, confirm]


def _providing(site: Site) -> list[HTTPRouteHandler]:
    @get("/sign-in/with/{name:str}", sync_to_thread=True)
    def with_provider(request: PageRequest, name: Name, flow: Short = "") -> Redirect:
        return Redirect(to_provider(site, name, flow, browser_of(request)), status_code=303)

    @get("/sign-in/callback", sync_to_thread=True)
    def callback(
        request: PageRequest, named: Named = "", code: Long = "", error: Short = "", iss: Long = ""
    ) -> Response[Any]:
        flow = site.flow(named, browser_of(request))
        try:
            proven = _vouched(site, flow, code=code, error=error, iss=iss)
            return led_back(request, site, named, flow, proven)
        except MianzhengError as refusal:
            vouching.refuse(site, flow, named, refusal.code)
            raise

    return [with_provider, callback]


def to_provider(site: Site, name: str, token: str, browser: str, *, hint: str = "") -> str:
    """Return the address at a provider for a flow; from then on only what that provider says of it counts."""
    provider, flow = site.provider(name), site.flow(token, browser)
    asked, verifier = vouching.asked_nonce(flow, vouching.new_salt()), rows.new_token() + rows.new_token()
    flow = msgspec.structs.replace(flow, provider=name, asked=asked, verifier=verifier, at=site.now())
    url = provider.begin(state=token, nonce=asked, verifier=verifier, hint=hint)
    site.keep(token, flow)
    return url


def led_back(request: PageRequest, site: Site, token: str, flow: Flow, proven: Proven) -> Response[Any]:
    """Return the page that leads back with what the proof earned, or the redirect to a page of this site."""
    if flow.purpose == "confirm":
        assertion = b64(canonical(vouching.sign(site, token, flow, proven)))
        to = with_query(flow.back, assertion=assertion, state=flow.state)
        return show(request, site, "back.html", earned="signature", to=to)
    if flow.purpose == "grant":
        granting.make(site, flow, assertion=vouching.sign(site, token, flow, proven))
        return Redirect("/mandates/mine?done=granted", status_code=303)
    made = vouching.sign_in(site, token, flow, proven)
    answer: Response[Any]
    if made.word:
        answer = show(
            request, site, "back.html", earned="word", to=with_query(flow.back, word=made.word, state=flow.state)
        )
    else:
        answer = Redirect(own_path(flow.back), status_code=303)
    answer.cookies.append(cookie(SESSION_COOKIE, made.session, seconds=rows.SESSION_SECONDS))
    return answer


def _begun(site: Site, browser: str, *, audience: str, nonce: str, state: str, back: str, next: str, act: Act) -> Flow:
    """Return a sign-in for a hub, or, where none is named, for this site's own pages."""
    own = not audience
    if not own:
        site.check_return(audience, back)
        if not _NONCE.fullmatch(nonce):
            raise BadLink("a sign-in needs the hub's nonce")
    return Flow(
        purpose="sign-in",
        audience=audience or site.authority.party,
        nonce=nonce if not own else rows.new_token(),
        back=back if not own else own_path(next),
        state=state,
        browser=rows.named(browser),
        at=site.now(),
        act=act if own else "",
    )


def _vouched(site: Site, flow: Flow, *, code: str, error: str, iss: str) -> Proven:
    if not flow.provider or not vouching.is_asked(flow):
        raise BadFlow
    provider = site.provider(flow.provider)
    if error or not code:
        raise ProviderRefused("nobody was vouched for", hint="begin again where you came from")
    if iss and iss != provider.config.issuer:  # RFC 9207: an answer of another provider
        raise ProviderRefused("another provider answered")
    vouched = provider.finish(code=code, nonce=flow.asked, verifier=flow.verifier, since=flow.at, now=site.now())
    return Proven(number=vouched.number, method=flow.provider, level=vouched.level)


def _digest(text: str) -> str:
    try:
        if len(unb64(text)) == DIGEST_BYTES:
            return text
    except (ValueError, BadToken):
        pass
    raise BadLink("a digest has 32 bytes")


def _known(answer: Answer, browser: str) -> Answer:
    answer.cookies.append(cookie(BROWSER_COOKIE, browser, seconds=rows.FLOW_SECONDS))
    return answer
