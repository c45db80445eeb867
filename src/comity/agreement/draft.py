"""A first text for an officer to edit, and the keys that turn a draft into something that can be signed."""

import json
from collections.abc import Mapping
from dataclasses import replace

from comity.agreement.instrument import Agreement, PartyKey
from comity.agreement.kinds.own import FIELDS
from comity.core.keys import PublicKey

_FIELDS = tuple(sorted(FIELDS - {"none"}))
_TERMS = """\
  # What goes to a third party, what it may be used for, and who may see it.
  - {article: "1", rule: third-party, requires: prior-written-consent, consent_from: originator,
     text: {LANGUAGE: "Nothing to a third party without the originator's prior written consent."}}
  - {article: "2", rule: purpose, requires: prior-written-consent, consent_from: originator,
     text: {LANGUAGE: "Only for the stated purpose, unless the originator consents beforehand in writing."}}
  - {article: "3", rule: access, need_to_know: true, clearance_from_level: ANY,
     text: {LANGUAGE: "Only persons who need it for their duties and are cleared for its level."}}
  - {article: "4", rule: classification-change, requires: prior-written-consent, consent_from: originator,
     text: {LANGUAGE: "No level is lowered without the originator's prior written consent."}}
  - {article: "5", rule: mark-origin-and-equivalent,
     text: {LANGUAGE: "The recipient marks the origin and its own corresponding level."}}
  - {article: "6", rule: derived,
     text: {LANGUAGE: "What contains provided information carries its origin and at least its level."}}
  # Without an article on TLP nothing above TLP:CLEAR is ever released.
  - {article: "7(1)", rule: comity-tlp, up_to: GREEN,
     text: {LANGUAGE: "Information up to TLP:GREEN may be given."}}
  - {article: "7(2)", rule: comity-releasability, unstated: permit,
     text: {LANGUAGE: "A REL TO list binds; without one the other articles decide."}}
  # Losses and recalls. Each time word needs a figure in `time_words`.
  - {article: "8(1)", rule: compromise, covers: known-or-suspected, deadline: immediately, report_days: 30,
     text: {LANGUAGE: "A known or suspected compromise is told immediately and reported in writing within 30 days."}}
  - {article: "8(2)", rule: comity-recall-time, hours: 4,
     text: {LANGUAGE: "A recall is answered within 4 hours."}}
  # Suspension, renewal, end.
  - {article: "9(1)", rule: suspension,
     text: {LANGUAGE: "A party may suspend the provision of information by written notice; protection goes on."}}
  - {article: "9(2)", rule: comity-suspension-continues,
     continues: [recalls, corrections, compromise-notices, warnings, consultations, receipts],
     text: {LANGUAGE: "Recalls, corrections, compromise notices, warnings, consultations and receipts go on."}}
  - {article: "10(1)", rule: entry-into-force, rule_text: on-signature,
     text: {LANGUAGE: "In force on signature."}}
  - {article: "10(2)", rule: renewal, initial_years: 5, extension_years: 1, notice_days: 90,
     text: {LANGUAGE: "Five years, then a year at a time unless a party gives notice 90 days before."}}
  - {article: "10(3)", rule: termination, notice_months: 6,
     text: {LANGUAGE: "Ended by written notice, six months after its receipt."}}
  - {article: "10(4)", rule: survival,
     text: {LANGUAGE: "Information provided stays protected after the end."}}
  # One annex for each field of cooperation; delete those you have not agreed. Further kinds: docs/term-kinds.md
"""


def draft(
    identity: str,
    parties: Mapping[str, str],
    keys: Mapping[str, PublicKey],
    title: str,
    *,
    signed: str,
    language: str = "en",
) -> str:
    """A commented YAML text between `parties` (short name → name), with `keys` by party; `signed` is a date.

    It reads at once; `check` then lists what only people can fill in, above all the levels.
    """
    lines = [
        "# A draft agreement. Edit it, then let `comity agreement check` say what is still missing.",
        "# Every scalar is plain text: write NO for Norway and 4.10 for an article without fear.",
        "format: comity-agreement/1",
        f"id: {_quoted(identity)}",
        "version: 1",
        f"title: {{{language}: {_quoted(title)}}}",
        "source: drafted in Comity",
        "fictional: false",
        f"languages: [{language}]",
        f"prevailing: {language}",
        "parties:",
        *(f"  - {{id: {_quoted(name)}, name: {{{language}: {_quoted(text)}}}}}" for name, text in parties.items()),
        "# Each party's own levels, lowest first, then the table, highest row first, for example:",
        *(f"#   {name}: [CONFIDENTIAL, SECRET]" for name in parties),
        "#   - {en: SECRET, " + ", ".join(f"{name}: SECRET" for name in parties) + "}",
        f"levels: {{{', '.join(f'{_quoted(name)}: []' for name in parties)}}}",
        "equivalence: []",
        "life:",
        f"  signed: {_quoted(signed)}",
        "  duration: 5y then automatic extensions by 1y unless notice",
        "time_words: {immediately: 1, promptly: 24, without-delay: 24}",
        "authorities:",
        *(
            f"  - {{id: {_quoted(f'{name}-registry')}, party: {_quoted(name)}, "
            f"name: {{{language}: {_quoted(f'{text}, registry')}}}, may: [receive, consent, sign]}}"
            for name, text in parties.items()
        ),
        *(["keys:"] if keys else []),
        *(f"  - {{party: {_quoted(name)}, key: {json.dumps(key.as_json())}}}" for name, key in keys.items()),
        "terms:",
    ]
    terms = _TERMS.replace("LANGUAGE", language)
    return "\n".join(lines) + "\n" + terms + "".join(_annex(field, language) for field in _FIELDS)


def with_keys(
    agreement: Agreement, keys: Mapping[str, PublicKey], hpke: Mapping[str, bytes] | None = None
) -> Agreement:
    """`agreement` with each party's key, and its key for sealed bodies where it has one, bound into the text."""
    sealed = hpke or {}
    bound = tuple(PartyKey(party, keys[party], sealed.get(party)) for party in agreement.party_ids if party in keys)
    return replace(agreement, keys=bound)


def _annex(field: str, language: str) -> str:
    return (
        f'  - {{article: "Annex {_FIELDS.index(field) + 1}", rule: comity-annex, annex: {field}, field: {field},\n'
        f'     purposes: [{field}], text: {{{language}: "Cooperation in the field {field}."}}}}\n'
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
