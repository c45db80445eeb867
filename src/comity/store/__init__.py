"""Hands that keep: the house's and each agreement's databases. They judge nothing.

NOTE TO WHOEVER WRITES THIS ROOM: the lead has fixed the exact shapes acts need as Protocols in
`comity/acts/ports.py` (HouseReader, HouseTx, House, AgreementReader, AgreementTx, AgreementStore, Vault). Fit them
(names, arguments, returns); add what else you need. `resolve(ext_ids)` answers ext_id -> lowest house-log position n.
`chain_*` answer (epoch, last sequence, digest of the last envelope); (1, 0, 64 zeros) for an empty chain.
`unreleased(view, after_rid, limit)` answers rids with an outcome but no live release and not waiting, ordered by rid.
`relabel` sets the class and makes the record live. Replace this docstring when done.
"""
