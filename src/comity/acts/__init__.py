"""One function for each thing an officer or a partner can do: gather, ask the rules, apply in one transaction.

Acts reach hands through the ports of `ports.py` only, know no field by name, and never call each other.
"""
