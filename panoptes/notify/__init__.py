"""Tells people and programs how their runs went.

A notification is written with the event that causes it (`models/notification.py`) and sent later
by the housekeeping thread: `outbox` takes it out of the database, `payload` says what it tells,
`services` (through apprise) and `webhooks` send it.
"""

from typing import Any

# What a notification says, ready for JSON: docs/notifications.md has an example.
Payload = dict[str, Any]
