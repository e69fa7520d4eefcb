"""The app for any WSGI server: `panoptes.wsgi:app`, set up by the environment."""

from panoptes.app import create_app
from panoptes.server import housekeeping

app = create_app()
housekeeping.start_with_first_request(app)
