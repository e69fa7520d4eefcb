"""Runs a command as it is and tells a server how it goes: `panoptes run -- COMMAND`.

`command` recognises the engine behind the words, its adapter in `adapters/` says what is added to
them and what is read of what it prints (`adapter` is the interface), `terminal`, `child` and
`signals` keep the command as it would be without us, and `watch` brings all of it together.

It needs the standard library and `sender` alone, so that a command starts at once.
"""
