"""Every question that a page or an endpoint asks of the database, one function each.

`views` holds what is asked and answered, `runs`, `jobs` and `search` the questions.
"""
