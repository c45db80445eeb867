"""MISP events, both ways: what comes in becomes STIX objects with our markings, what goes out becomes events of a feed.

The shapes are converted by `misp-stix`; the labels are ours alone, both ways (law 13).
"""
