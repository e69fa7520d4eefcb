"""Questions about tokens."""

from sqlalchemy import select

from panoptes.db import db
from panoptes.models.token import KnownToken, Role, Token

_ALL = select(
    Token.name, Token.role, Token.digest, Token.created_at, Token.expires_at, Token.revoked_at
).order_by(Token.id)


def all_tokens() -> list[KnownToken]:
    """Return all tokens, the oldest first, revoked ones too."""
    return [
        KnownToken(
            name=row.name,
            role=Role(row.role),
            digest=bytes(row.digest),
            created_at=row.created_at,
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
        )
        for row in db.session.execute(_ALL)
    ]
