"""What a Snakemake sends: bytes -> envelope -> message -> what it says -> neutral events.

Five dialects reach the same two addresses. They differ along two axes, the envelope (`envelope.py`,
`registration.py`) and the text inside it (`message.py`); from there on a message is a message:
`levels.py` reads what it says, and `translator.py` works out what that means.

| Snakemake               | envelope              | `msg` is          | each event | metadata |
| ----------------------- | --------------------- | ----------------- | ---------- | -------- |
| 5.27.0 - 5.31.1         | form                  | repr(dict)        | once       | none     |
| 5.32.0 - 7.31.1         | form                  | JSON              | once       | form     |
| 7.32.0 - 7.32.4         | JSON, no content type | JSON              | once       | JSON     |
| 8.0.0  - 8.30.0         | form                  | JSON              | twice      | form     |
| 9, plugin 0.1.1 - 0.3.0 | form                  | JSON              | once       | none     |

`msg` and the metadata come in the body of a POST and of a GET. From 6.14.0 to 8.30.0 every message
carries `timestamp`, the client's Unix time. Both copies of a doubled event carry the same one.
"""
