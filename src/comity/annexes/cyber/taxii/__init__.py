"""TAXII 2.1 (OASIS Standard, 10 June 2021) as pure values: what a request says, and the bytes of each resource.

Nothing here serves, stores or decides. The door in `api/` reads requests with it and writes answers with it.
"""
