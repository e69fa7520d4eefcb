"""Nextflow, whose stock client reports to any server (`-with-tower`, `-with-weblog`).

Both ways tell the same things: `message.py` reads them, `translator.py` says what they mean.
"""
