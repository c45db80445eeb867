"""Comity beside the TAXII servers there are, on one corpus in one run: `python -m bench.taxii`. Part of no test."""
