"""panoptes watches computational workflows and shows what ran, what failed and why."""

__version__ = "2.0.0"
