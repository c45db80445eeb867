"""Doors for machines: the partner's listener and the house's health. Each parses, calls one act, writes."""
