"""What GA4GH's standards fix of this server: where WES is, and what service-info says of it."""

from panoptes import __version__

# Where version 1 of the Workflow Execution Service is, on every server that has it.
WES = "/ga4gh/wes/v1"
GROUP = "io.github.panoptes-organization"
SERVICE = {
    "id": f"{GROUP}.panoptes",
    "name": "panoptes",
    "description": "Watches computational workflows: which run, which failed and why.",
    "organization": {
        "name": "panoptes-organization",
        "url": "https://github.com/panoptes-organization",
    },
    "version": __version__,
}
DOCUMENTS = f"https://github.com/panoptes-organization/panoptes/blob/v{__version__}/docs"
