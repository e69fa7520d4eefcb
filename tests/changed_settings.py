"""Settings that a test changes after its app was made."""

from dataclasses import replace
from typing import Any

from flask import Flask

from panoptes.web.services import provide, services_of


def change_settings(app: Flask, **changes: Any) -> None:
    """Change settings of an app, those that are read with each request."""
    services = services_of(app)
    provide(app, replace(services, settings=replace(services.settings, **changes)))
