"""Tells people and programs how their runs go.

What is to be told is written with the event that causes it (`models/notification.py`), and sent
later by the thread that keeps house: `outbox` takes it out of the database, `facts` says what is
told, `services` (through apprise) and `webhooks` send it to a recipient.
"""
