"""The answers of Tesla's cloud when something is wrong."""

from aiohttp import web

from .behaviours import BodyError, HttpError


def error_response(status: int, error: str, headers: dict[str, str] | None = None) -> web.Response:
    """An error in Tesla's envelope."""
    body = {"response": None, "error": error, "error_description": ""}
    return web.json_response(body, status=status, headers=headers)


def offline_response() -> web.Response:
    """What the cloud says while it cannot reach the gateway."""
    return error_response(502, "energy_gateway_unreachable")


def http_error(error: HttpError) -> web.Response:
    """A simulated HTTP error, with Retry-After where it has one."""
    headers = {"Retry-After": str(error.retry_after_s)} if error.retry_after_s is not None else {}
    if not error.json:
        return web.Response(
            status=error.status, headers=headers, text=f"<html><h1>{error.status}</h1></html>", content_type="text/html"
        )
    return error_response(error.status, error.error, headers)


def body_error(error: BodyError) -> web.Response:
    """HTTP 200 with bad news inside."""
    if error.code is None:
        return error_response(200, error.message)
    return web.json_response({"response": {"code": error.code, "message": error.message}})


def cut(request: web.Request) -> web.Response:
    """Cut the connection; the response that is returned never arrives."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
