"""Every question that a page or an endpoint asks of the database, one function each.

`results` holds what is asked for and what the answers are.
"""
