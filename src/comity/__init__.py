"""Comity: one signed memorandum, two nodes, every release decision cited."""

__version__ = "0.1.0"
