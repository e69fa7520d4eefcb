"""The tables of 2.0, from which all later versions come."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Do nothing: a new database gets the tables of the models at once."""
