"""The app for any WSGI server: `panoptes.wsgi:app`, set up by the environment."""

from panoptes.app import create_app

app = create_app()
