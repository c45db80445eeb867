"""Names of articles: whether one lies inside another. `6` covers `6(2)(a)`; `4` does not cover `14`."""

import re

_RANGE = re.compile(r"(\d+)-(\d+)")
_LEAD = re.compile(r"(\d+)(?:-(\d+))?(?![\d-])")


def covers(whole: str, article: str) -> bool:
    """Whether `article` is `whole` or a part of it. A range covers what it overlaps: `31-42` covers `36(b)`."""
    if span := _RANGE.fullmatch(whole):
        return _overlaps(int(span[1]), int(span[2]), article)
    if whole.isdigit() and (lead := _LEAD.match(article)) and lead[2]:
        return _overlaps(int(whole), int(whole), article)
    return article.startswith(whole) and not _goes_on(whole, article)


def _overlaps(first: int, last: int, article: str) -> bool:
    lead = _LEAD.match(article)
    return lead is not None and int(lead[1]) <= last and int(lead[2] or lead[1]) >= first


def _goes_on(whole: str, article: str) -> bool:
    """Whether what follows `whole` belongs to the same number or word: `1` in `14`, `V` in `VI`."""
    if len(article) == len(whole) or not whole:
        return not whole
    last, following = whole[-1], article[len(whole)]
    return (last.isdigit() and following.isdigit()) or (last.isalpha() and following.isalpha())
