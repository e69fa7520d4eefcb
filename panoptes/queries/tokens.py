"""Questions about tokens."""

from sqlalchemy import Engine, select

from panoptes.models.token import KnownToken, Role, Token

_ALL = select(
    Token.name, Token.role, Token.digest, Token.created_at, Token.expires_at, Token.revoked_at
).order_by(Token.id)


def all_tokens(engine: Engine) -> list[KnownToken]:
    """Return all tokens, the oldest first, revoked ones too.

    They are read at any time within a request, so not by its session, which from then on would
    see nothing that is newer.
    """
    with engine.connect() as connection:
        rows = connection.execute(_ALL).all()
    return [
        KnownToken(name, Role(role), bytes(digest), created_at, expires_at, revoked_at)
        for name, role, digest, created_at, expires_at, revoked_at in rows
    ]
