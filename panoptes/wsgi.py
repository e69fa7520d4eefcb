"""The app for any WSGI server: `panoptes.wsgi:app`, set up by the environment."""

from panoptes.common.loading import loading

with loading():
    from panoptes.app import create_app, housekeeper

    app = create_app()
housekeeper(app).start_with_first_request()
