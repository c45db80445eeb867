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
