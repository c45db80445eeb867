"""The fields of cooperation: what each carries, and what of it can be left behind.

Each field is one package with an `ANNEX`; fields do not know each other, and nothing below knows any of them.
"""
