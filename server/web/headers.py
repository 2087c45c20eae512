"""The default security headers: no other site may use an answer, no cache store it, no browser guess its type."""

from flask import Response

SAFE = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def safe(response: Response) -> Response:
    """Add the headers that an answer does not have yet."""
    for name, value in SAFE.items():
        response.headers.setdefault(name, value)
    return response
