"""The front doors that engines call, one module each."""

from panoptes.web.intake import registration

__all__ = ["registration"]
