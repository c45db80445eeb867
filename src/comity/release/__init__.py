"""May it go? A pure function of a frozen question, with every reason and the article of each.

Imports `agreement`, `labels`, `core`. Knows no field's vocabulary and no clock.
"""
