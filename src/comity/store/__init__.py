"""Hands that keep: the house's and each agreement's databases. They judge nothing.

`house.House` and `agreement.AgreementStore` fit the ports of the acts; `fsck.faults` checks both. What only one
kind of database knows stands in `sqlite` and `postgres`. docs/store.md says what is where.
"""
