"""The instrument two parties signed: its terms, its keys, its versions, its life.

Imports `labels` and `core`. Never knows what day it is: `now` is an argument.
"""
