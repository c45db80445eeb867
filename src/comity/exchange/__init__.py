"""What passes between nodes: statements, envelopes, chains, receipts, first contact. Bytes and values in and out.

`now`, signers and random bytes are arguments; nothing here sends, stores, waits or decides about release.
"""
