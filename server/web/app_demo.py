"""The demo page, at /app/demo: two phones side by side, each the web app in a frame."""

from flask import Blueprint

from server.web.app_files import file_of


def app_demo() -> Blueprint:
    """Return the routes of the page and of its files, which `app_files` does not serve."""
    blueprint = Blueprint("app_demo", __name__)
    blueprint.add_url_rule("/app/demo", "page", lambda: file_of("demo/index.html"))
    blueprint.add_url_rule("/app/demo/<path:name>", "file", lambda name: file_of(f"demo/{name}"))
    return blueprint
