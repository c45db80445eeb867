"""Who made a thing and what each of them said may be done with it.

A label is a set of origin labels; joining is union. Imports `core` only. There is no default label here, and no
comparison of two parties' levels without a table.
"""
