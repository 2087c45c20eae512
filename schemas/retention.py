"""Reports that have been kept long enough."""

from schemas.base import Turn


class ExpireReport(Turn):
    """Erase a report that was closed two years ago."""
