"""Which annex of an agreement covers a kind of record and a purpose."""

from comity.agreement.instrument import Agreement


def annex_for(text: Agreement, kind: str, purpose: str | None) -> str | None:
    """The id of the first annex that opens the kind's field for this kind and purpose; `None` where none does.

    Whether that annex is in force, and up to which level, is for the rules to say.
    """
    field = kind.partition(".")[0]
    for term in text.of("comity-annex"):
        kinds, purposes = term.params.get("kinds"), term.params["purposes"]
        if term.params["field"] == field and (kinds is None or kind in kinds) and purpose in purposes:
            return str(term.params["annex"])
    return None


def purpose_for(text: Agreement, kind: str) -> str | None:
    """What a kind of record is given for under this text, where its annexes name one purpose for it and no other."""
    field = kind.partition(".")[0]
    terms = [term.params for term in text.of("comity-annex") if term.params["field"] == field]
    purposes = {name for params in terms if kind in (params.get("kinds") or (kind,)) for name in params["purposes"]}
    return str(purposes.pop()) if len(purposes) == 1 else None
