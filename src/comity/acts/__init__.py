"""One function for each thing an officer or a partner can do: gather, ask the rules, apply in one transaction.

Acts reach hands through the ports of `ports.py` only and know no field by name. What two of them need stands beside
them as a step of its own (`sending`, `mirroring`, `closing`, `releasing`), in the caller's transaction.
"""
