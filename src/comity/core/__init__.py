"""What every room stands on: errors, identities, strict texts, tree hashing, signature checks.

Imports the standard library, `cryptography`, `rfc8785` and `yaml`, and no other room.
"""
