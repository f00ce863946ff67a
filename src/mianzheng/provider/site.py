"""The demo provider's pages and endpoints. One click signs a person in; everything says that they are invented."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import Litestar, Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body, PathParameter, QueryParameter
from litestar.response import Redirect, Template

from mianzheng.look.access import named, refuse_open_routes
from mianzheng.look.hardening import harden
from mianzheng.look.pages import page, static_files, template_config
from mianzheng.look.preferences import preference_route
from mianzheng.provider.issuer import BadRequest, Issuer
from mianzheng.provider.people import DemoPerson
from mianzheng.provider.problems import as_json, handlers

TEMPLATES = Path(__file__).parent / "templates"
MOST_BYTES = 65_536
ANYONE = named("anyone")
REQUEST = named("request")  # whoever began an authorization request: its token stands in the address (issuer.request)
CLIENT = named("client")  # the one client, by its secret (issuer.trade)
FORM = Body(media_type=RequestEncodingType.URL_ENCODED)
AnyRequest = Request[Any, Any, Any]
Name = Annotated[str, PathParameter(max_length=40)]
Token = Annotated[str, QueryParameter(max_length=200)]


def create_provider(issuer: Issuer, people: tuple[DemoPerson, ...], *, hub: str) -> Litestar:
    """Return the provider's application; `hub`: whose help its pages name. `WrongUse`: a route has no access rule."""
    app = Litestar(
        route_handlers=[
            *_stating(issuer),
            *_choosing(issuer, people, hub),
            _trading(issuer),
            static_files(ANYONE),
            preference_route(ANYONE),
        ],
        before_send=[harden],
        request_max_body_size=MOST_BYTES,
        exception_handlers=handlers(hub),
        template_config=template_config(TEMPLATES),
        openapi_config=None,
        logging_config=None,
    )
    refuse_open_routes(app)
    return app


def _stating(issuer: Issuer) -> list[HTTPRouteHandler]:
    @get("/.well-known/openid-configuration", opt=ANYONE, sync_to_thread=False)
    def discovery() -> dict[str, object]:
        return issuer.metadata()

    @get("/jwks", opt=ANYONE, sync_to_thread=False)
    def jwks() -> dict[str, object]:
        return issuer.keys()

    @get("/health", opt=ANYONE, sync_to_thread=False)
    def health() -> dict[str, str]:
        return {"status": "ok"}

    return [discovery, jwks, health]


def _choosing(issuer: Issuer, people: tuple[DemoPerson, ...], hub: str) -> list[HTTPRouteHandler]:
    known = {person.id: person for person in people}

    @get("/authorize", opt=ANYONE, sync_to_thread=False)
    def authorize(request: AnyRequest) -> Template | Redirect:
        token = issuer.begin(dict(request.query_params))
        if (hint := request.query_params.get("login_hint", "")) in known:  # the click was on another page of the demo
            return Redirect(f"/authorize/{hint}?{urlencode({'request_token': token})}", status_code=303)
        return page(request, "people.html", people=people, token=token, hub=hub)

    @get("/people", opt=ANYONE, sync_to_thread=False)
    def script(request: AnyRequest) -> Template:
        """Show whoever plays a person what that person knows, and the steps in order."""
        return page(request, "script.html", people=people, hub=hub)

    @get("/authorize/{person:str}", opt=REQUEST, sync_to_thread=False)
    def choose(person: Name, request_token: Token = "") -> Redirect:
        if person == "nobody":
            request = issuer.request(request_token)
            answer = {"error": "access_denied"}
        elif person in known:
            request, code = issuer.choose(request_token, known[person])
            answer = {"code": code}
        else:
            raise BadRequest("nobody here is called that", code="not-found")
        query = urlencode(answer | {"state": request.state, "iss": issuer.url})
        return Redirect(f"{request.redirect_uri}?{query}", status_code=303)

    return [authorize, script, choose]


def _trading(issuer: Issuer) -> HTTPRouteHandler:
    @post("/token", opt=CLIENT, status_code=200, sync_to_thread=False)
    def token(request: AnyRequest, data: Annotated[dict[str, str], FORM]) -> Response[bytes]:
        try:
            answer = issuer.trade(data, request.headers.get("authorization", ""))
        except BadRequest as error:
            status = 401 if error.code == "invalid_client" else 400
            return as_json({"error": error.code, "error_description": error.message}, status)
        return as_json(answer, 200)

    return token
