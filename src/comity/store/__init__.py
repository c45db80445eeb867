"""Hands that keep: the house's and each agreement's databases. They judge nothing.

`house.House` and `agreement.AgreementStore` fit the ports of the acts; `fsck.faults` checks both. All that knows one
kind of database stands in `sqlite`. docs/store.md says what is where.
"""
