"""A label as a person reads it, every axis of every originator."""

from comity.labels.label import Label, OriginLabel


def words(label: Label) -> str:
    """One line: originators are separated by a plus sign."""
    return " + ".join(_origin(one) for one in sorted(label.origins, key=lambda one: str(one.as_json())))


def _origin(label: OriginLabel) -> str:
    parts = [label.origin]
    if label.level is not None:
        parts.append(label.level)
    parts += sorted(label.caveats)
    if label.tlp is not None:
        parts.append(label.tlp.text)
    if label.pap is not None:
        parts.append(f"PAP:{label.pap.value}")
    if label.rel_to is not None:
        named = label.rel_to if isinstance(label.rel_to, str) else ", ".join(sorted(label.rel_to)) or "nobody"
        parts.append(f"REL TO {named}")
    if label.purposes is not None:
        parts.append(f"for {', '.join(sorted(label.purposes))}")
    if label.personal:
        parts.append("personal data")
    return " ".join(parts)
