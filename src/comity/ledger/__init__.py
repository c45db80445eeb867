"""The ledger: what each side wrote, signed by itself, countersigned by the other, and checkable by anybody.

Append-only trees over small leaves of salted digests (law 7). Pure values; a store keeps the rows.
"""
