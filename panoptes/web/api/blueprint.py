"""The blueprint of the JSON API, which engines' front doors join."""

from flask import Blueprint

blueprint = Blueprint("api", __name__)
