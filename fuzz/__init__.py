"""Fuzzing of everything that reads what somebody else wrote: `make fuzz MINUTES=20`. Never part of the product."""
