"""A token: who may do what, and whose reports of a run count."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import (
    ColumnClause,
    Connection,
    Index,
    LargeBinary,
    String,
    bindparam,
    exists,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from panoptes.common.errors import BadRequest, Conflict, NotFound
from panoptes.common.text import clean_name
from panoptes.database.columns import RowId, where_sql
from panoptes.database.connections import UTCDateTime
from panoptes.database.tables import Model, column

MAX_NAME = 80
# No token is longer; whoever sends more is not asked twice.
MAX_SECRET = 200
SECRET_BYTES = 32
KEY_BYTES = 8


class Right(str, Enum):
    """What a request needs; CHANGE_OWN is to change what one has registered oneself."""

    REPORT = "report"
    READ = "read"
    CHANGE_OWN = "change own"
    CHANGE = "change"


class Role(str, Enum):
    """What a token is made for."""

    REPORT = "report"
    VIEW = "view"
    MEMBER = "member"
    ADMIN = "admin"


NO_RIGHTS: frozenset[Right] = frozenset()
ALL_RIGHTS = frozenset(Right)
RIGHTS = {
    Role.REPORT: frozenset({Right.REPORT}),
    Role.VIEW: frozenset({Right.READ}),
    Role.MEMBER: frozenset({Right.REPORT, Right.READ, Right.CHANGE_OWN}),
    Role.ADMIN: ALL_RIGHTS,
}


class Token(Model):
    """`digest` stands for the secret, which nobody keeps but its owner.

    A revoked token stays: what its owner's client still reports of a run counts.
    """

    __tablename__ = "tokens"
    __table_args__ = (
        # A name is free again once its token is revoked.
        Index("tokens_by_name", "name", unique=True, **where_sql("revoked_at IS NULL")),
    )

    id: ColumnClause[int] = column(RowId, primary_key=True)
    name: ColumnClause[str] = column(String)
    role: ColumnClause[str] = column(String(10))
    digest: ColumnClause[bytes] = column(LargeBinary, unique=True)
    created_at: ColumnClause[datetime] = column(UTCDateTime)
    expires_at: ColumnClause[datetime | None] = column(UTCDateTime)
    revoked_at: ColumnClause[datetime | None] = column(UTCDateTime)


# --- a token in the hands of whoever checks it ----------------------------------------------------


def digest(secret: str) -> bytes:
    """Return what is kept of a secret.

    A plain hash is enough, and cheap enough for every event: a secret has 256 random bits, so
    nobody can try them all. Slow hashes and salts are for passwords, which people make up.
    """
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


@dataclass(frozen=True, slots=True)
class KnownToken:
    """A token as it stands in the database; times are UTC."""

    name: str
    role: Role
    digest: bytes
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    @property
    def key(self) -> bytes:
        """The start of its digest, by which it is found."""
        return self.digest[:KEY_BYTES]

    @property
    def rights(self) -> frozenset[Right]:
        """What its role may do."""
        return RIGHTS[self.role]

    def is_of(self, digest: bytes) -> bool:
        """Return whether this is the digest of its secret.

        How long it takes says nothing of how much of the digest is right.
        """
        return hmac.compare_digest(self.digest, digest)

    def is_valid(self, at: datetime) -> bool:
        """Return whether it is neither revoked nor expired at a time."""
        return not any(end is not None and end <= at for end in (self.revoked_at, self.expires_at))

    def may_report(self, owner: str | None, registered: datetime, now: datetime) -> bool:
        """Return whether a report of a run counts, which `owner` registered at a time.

        The token of a run's owner counts for that run to its end, whatever became of it since.
        """
        if Right.REPORT not in self.rights:
            return False
        was_valid = self.created_at <= registered and self.is_valid(registered)
        return self.is_valid(now) or (self.name == owner and was_valid)


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reports of a run; `token` is None for somebody without a known one."""

    token: KnownToken | None

    def may_report(self, owner: str | None, registered: datetime, now: datetime) -> bool:
        """Return whether a report of a run counts, which `owner` registered at a time.

        A run that was registered without a token, before there were any, has no owner: its client
        has no token to send.
        """
        if owner is None:
            return True
        return self.token is not None and self.token.may_report(owner, registered, now)

    def may_register(self, now: datetime) -> bool:
        """Return whether a run may be registered with the token."""
        token = self.token
        return token is not None and token.is_valid(now) and Right.REPORT in token.rights


# --- what becomes of a token ----------------------------------------------------------------------

_INSERT = insert(Token)
_REVOKE = (
    update(Token)
    .where(Token.name == bindparam("which"), Token.revoked_at.is_(None))
    .values(revoked_at=bindparam("at"))
)


def are_in_use(connection: Connection) -> bool:
    """Return whether there are tokens, so that nobody gets in without one; expired ones count."""
    return bool(connection.scalar(select(exists().where(Token.revoked_at.is_(None)))))


def add(
    connection: Connection, name: str, role: Role, expires_at: datetime | None, now: datetime
) -> str:
    """Make a token and return its secret, which nobody can find out again.

    Raises BadRequest for a name that can't be one, and Conflict for one that is taken.
    """
    name = _checked(name)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    row = {"name": name, "role": role.value, "digest": digest(secret)}
    try:
        connection.execute(_INSERT, {**row, "created_at": now, "expires_at": expires_at})
    except IntegrityError as error:
        raise Conflict(f"There is a token called '{name}'; revoke it first.") from error
    return secret


def _checked(name: str) -> str:
    name = name.strip()
    if not name or clean_name(name) != name or not name.isprintable():
        raise BadRequest("Give the token a name: who it is for, in letters that can be read.")
    if len(name) > MAX_NAME:
        raise BadRequest(f"The name is longer than {MAX_NAME} characters.")
    return name


def revoke(connection: Connection, name: str, now: datetime) -> None:
    """Take a token's rights, but for what its owner's client still reports. Raises NotFound."""
    if not connection.execute(_REVOKE, {"which": name, "at": now}).rowcount:
        raise NotFound(f"There is no token '{name}', or it is revoked already.")
