"""Comity's own kinds: what published texts leave open and two nodes must have settled (DECISIONS 7)."""

from comity.agreement.kinds import params as p
from comity.agreement.kinds.params import TermKind

SUBJECT = "comity"
COMITY = ("Comity",)
FIELDS = frozenset({"intelligence", "cyber", "warning", "transfer", "industry", "crisis", "none"})
"""The fields of cooperation an annex may open; `none` for one that no program of ours carries."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PRECEDENCES = frozenset({"FLASH", "IMMEDIATE", "PRIORITY", "ROUTINE"})
CONTINUES = frozenset({"recalls", "corrections", "compromise-notices", "warnings", "consultations", "receipts"})
LOSSES = frozenset(
    {
        "loss",
        "possible-loss",
        "disclosure",
        "suspected-disclosure",
        "reasonable-grounds",
        "presumed-breach",
        "breach-in-third-country",
    }
)
"""What a compromise can be."""
TOLD = frozenset(
    {
        "amendment-proposed",
        "authority-changed",
        "law-changed",
        "comity-provisional",
        "comity-provisional-ended",
        "non-renewal-notice",
        "notice-effect-suspended",
        "notification",
        "suspension",
        "comity-suspension-lifted",
        "termination-notice",
        "withdrawal-notice",
    }
)
"""Events of the text's life that one party tells, and to which a text can attach a duty."""
ANSWERING = frozenset({"confirm-in-writing", "consult", "examine-amendment", "reply", "report-findings", "review"})
"""What an event can oblige a party to."""
RECEIVING = frozenset(
    {
        "confirm-in-writing",
        "destroy",
        "feedback",
        "re-mark",
        "register",
        "report-findings",
        "return-or-destroy",
        "review",
    }
)
"""What the receipt of a thing can oblige its recipient to."""
WHO = frozenset({"teller", "other", "both"})
NEEDED_TEXT = p.Param(p.Type.TEXT, needed=True)
TIME = {
    "hours": p.INTEGER,
    "days": p.INTEGER,
    "working_days": p.INTEGER,
    "months": p.INTEGER,
    "word": p.TEXT,
    "calendar": p.TEXT,
}
ONE_TIME = ("hours", "days", "working_days", "months", "word")

ROWS = (
    TermKind(
        "comity-annex",
        SUBJECT,
        p.BAR,
        p.acts("release"),
        {
            "annex": NEEDED_TEXT,
            "field": p.Param(p.Type.TEXT, choices=FIELDS, needed=True),
            "purposes": p.Param(p.Type.TEXTS, needed=True),
            "kinds": p.TEXTS,
            "up_to_en": p.TEXT,
            "personal_data": p.BOOLEAN,
            "in_force_from": p.DATE,
        },
        "An annex opens one field: for these purposes, kinds of record and up to this level; what no annex covers "
        "does not go.",
        COMITY,
    ),
    TermKind(
        "comity-tlp",
        SUBJECT,
        p.BAR,
        p.acts("release onward-release"),
        {
            "up_to": p.Param(p.Type.TEXT, choices=p.TLP, needed=True),
            "onward_up_to": p.Param(p.Type.TEXT, choices=p.TLP),
        },
        "Up to which TLP 2.0 level the other party may receive, and up to which it may pass on inside its own side. "
        "Without such a term nothing above CLEAR goes.",
        COMITY,
        ("carry-marking",),
    ),
    TermKind(
        "comity-pap",
        SUBJECT,
        p.BAR,
        p.acts("release use"),
        {"up_to": p.Param(p.Type.TEXT, choices=frozenset({"CLEAR", "GREEN", "AMBER", "RED"}), needed=True)},
        "Up to which PAP level information is given, and that the recipient acts only as it permits.",
        COMITY,
        ("carry-marking",),
    ),
    TermKind(
        "comity-releasability",
        SUBJECT,
        p.BAR,
        p.acts("release onward-release"),
        {"unstated": p.Param(p.Type.TEXT, choices=frozenset({"permit", "deny"}), needed=True)},
        "A REL TO list binds: only the parties it names. `unstated` says what its absence means.",
        COMITY,
    ),
    TermKind(
        "comity-precedence",
        SUBJECT,
        p.DUTY,
        p.acts("release"),
        {"minutes": p.Param(p.Type.INTEGER_MAP, choices=PRECEDENCES)},
        "Within how many minutes of each precedence's arrival it is read.",
        COMITY,
        ("receipt",),
        asks=(("minutes",),),
    ),
    TermKind(
        "comity-request-time",
        SUBJECT,
        p.DUTY,
        frozenset(),
        {**TIME, "annex": p.TEXT},
        "In what time a request for information is answered, or declined. `calendar` says whose working days "
        "count; without it the earliest end holds.",
        COMITY,
        ("reply",),
        asks=(ONE_TIME,),
    ),
    TermKind(
        "comity-recall-time",
        SUBJECT,
        p.DUTY,
        frozenset(),
        TIME,
        "In what time a recall is answered with what became of every copy.",
        COMITY,
        ("reply",),
        asks=(ONE_TIME,),
    ),
    TermKind(
        "comity-suspension-continues",
        SUBJECT,
        p.LIFE,
        p.acts("release"),
        {"continues": p.Param(p.Type.TEXTS, choices=CONTINUES, needed=True)},
        "What goes on while the provision of information is suspended.",
        COMITY,
    ),
    TermKind(
        "comity-suspension-on-compromise",
        SUBJECT,
        p.LIFE,
        p.acts("release"),
        {"articles": p.TEXTS, "events": p.Param(p.Type.TEXTS, choices=LOSSES)},
        "A reported compromise suspends the provision of information from its notice on: in whole, or on the articles "
        "named; every compromise, or the events named. It ends when every party has lifted it.",
        COMITY,
    ),
    TermKind(
        "comity-standing-release",
        SUBJECT,
        p.DISPLAY,
        p.acts("release"),
        {
            "by": NEEDED_TEXT,
            "annex": NEEDED_TEXT,
            "up_to_en": p.TEXT,
            "up_to_tlp": p.Param(p.Type.TEXT, choices=p.TLP),
            "kinds": p.TEXTS,
            "purposes": p.TEXTS,
        },
        "An originator's decision taken beforehand: a class of things under a ceiling, for purposes. Without a "
        "ceiling it covers only what is unclassified.",
        COMITY,
        ("record-consent",),
    ),
    TermKind(
        "comity-warning-release",
        SUBJECT,
        p.DISPLAY,
        p.acts("release"),
        {
            "by": NEEDED_TEXT,
            "annex": NEEDED_TEXT,
            "templates": p.TEXTS,
            "areas": p.TEXTS,
            "max_age_seconds": p.INTEGER,
            "when_stale": p.Param(p.Type.TEXT, choices=frozenset({"continue-flagged", "stop"}), needed=True),
        },
        "Warnings decided beforehand, and what happens when the decision's facts have grown old.",
        COMITY,
    ),
    TermKind(
        "comity-carrier",
        SUBJECT,
        p.DISPLAY,
        p.acts("release"),
        {"carrier": NEEDED_TEXT, "annexes": p.TEXTS},
        "A node that relays sealed envelopes between the parties and may not read them.",
        COMITY,
    ),
    TermKind(
        "comity-notices",
        SUBJECT,
        p.LIFE,
        frozenset(),
        {"backdated_hours": p.Param(p.Type.INTEGER, needed=True)},
        "How far back a notice may date what it tells; one dated further back is refused. Without it: 72 hours.",
        COMITY,
    ),
    TermKind(
        "comity-public-information",
        SUBJECT,
        p.DISPLAY,
        p.acts("release"),
        {"attribution": p.BOOLEAN},
        "What its originator made public may be passed, with its licence and, where so agreed, its source named.",
        COMITY,
    ),
    TermKind(
        "comity-licence",
        SUBJECT,
        p.BAR,
        p.acts("release onward-release"),
        {"annex": NEEDED_TEXT, "licence": p.TEXT, "until": p.DATE},
        "Transfers under this annex draw down a licence; without one in force nothing is transferred.",
        COMITY,
        ("record-consent",),
    ),
    TermKind(
        "comity-calendar",
        SUBJECT,
        p.DISPLAY,
        frozenset(),
        {
            "party": NEEDED_TEXT,
            "zone": p.TEXT,
            "weekend": p.Param(p.Type.TEXTS, choices=frozenset(WEEKDAYS)),
            "holiday_set": p.TEXT,
            "holidays": p.TEXTS,
        },
        "A party's days: the time zone of its capital (IANA), its weekend, a named set of public holidays (`IL`, `JP`, "
        "`DE-BY`), and days that the text lists itself. Without one: Saturday and Sunday, no holidays, days in UTC.",
        COMITY,
    ),
    TermKind(
        "comity-aggregation",
        SUBJECT,
        p.BAR,
        p.acts("release"),
        {
            "count": p.Param(p.Type.INTEGER, needed=True),
            "kinds": p.TEXTS,
            "annex": p.TEXT,
            "from_en": p.TEXT,
            "from_tlp": p.Param(p.Type.TEXT, choices=p.TLP),
            "outcome": p.Param(p.Type.TEXT, choices=frozenset({"refer", "deny"})),
            "level_en": p.TEXT,
        },
        "A set can outrank its parts: of things of these kinds, in this annex, from this level or TLP on, the one that "
        "would make the recipient hold `count` is referred to a person, denied, or goes only where `level_en` may go. "
        "What was released to it is counted; the recipient is told nothing of the rule.",
        COMITY,
        ("protect-set",),
        asks=(("outcome", "level_en"), ("kinds", "annex", "from_en", "from_tlp")),
    ),
    TermKind(
        "comity-two-persons",
        SUBJECT,
        p.BAR,
        p.acts("release onward-release"),
        {
            "role": NEEDED_TEXT,
            "acts": p.Param(p.Type.TEXTS, choices=frozenset({"release", "onward-release"})),
            "kinds": p.TEXTS,
            "annex": p.TEXT,
            "from_en": p.TEXT,
            "from_tlp": p.Param(p.Type.TEXT, choices=p.TLP),
        },
        "Two different people of `role` on the giving side approve before it goes: for these acts (else both), these "
        "kinds, this annex, from this level or TLP on; what is not named does not matter. No emergency replaces them.",
        COMITY,
    ),
    TermKind(
        "comity-relation",
        SUBJECT,
        p.LIFE,
        p.acts("release"),
        {
            "agreement": NEEDED_TEXT,
            "prevails": p.Param(p.Type.TEXT, choices=frozenset({"this", "other"}), needed=True),
        },
        "Which prevails, this text or another of the same parties, where both bind one thing. Without it the strictest "
        "of both holds; where the two contradict each other, nothing goes that both bind, and the parties consult.",
        COMITY,
        ("consult",),
    ),
    TermKind(
        "comity-retention",
        SUBJECT,
        p.BAR,
        p.acts("destroy retain"),
        {
            "must": p.Param(p.Type.TEXT, choices=frozenset({"keep", "archive", "return", "destroy"}), needed=True),
            "date": p.DATE,
            "months": p.INTEGER,
            "kinds": p.TEXTS,
            "annex": p.TEXT,
            "from_en": p.TEXT,
        },
        "What becomes of a thing: it is kept until a date and not destroyed before, or it is returned, destroyed or "
        "archived by that date and not kept after. `months` count from the day it was passed on.",
        COMITY,
        ("keep", "archive", "return", "destroy"),
        asks=(("date", "months"),),
    ),
    TermKind(
        "comity-return-at-end",
        SUBJECT,
        p.DUTY,
        p.acts("retain"),
        {"must": p.Param(p.Type.TEXT, choices=frozenset({"return", "return-or-destroy"}), needed=True), **TIME},
        "Once the text has ended, what is held of the other's is returned, or destroyed and certified, in this time.",
        COMITY,
        ("return", "return-or-destroy"),
        asks=(ONE_TIME,),
    ),
    TermKind(
        "comity-public-notice",
        SUBJECT,
        p.DUTY,
        p.acts("release use retain"),
        {"kinds": p.TEXTS, "annex": p.TEXT, "from_en": p.TEXT, "deadline": p.TEXT},
        "Whoever receives it tells its public what it says, of danger to life or health for instance.",
        COMITY,
        ("tell-public",),
    ),
    TermKind(
        "comity-consultation",
        SUBJECT,
        p.DUTY,
        frozenset(),
        {**TIME, "rank": p.TEXT},
        "In what time a consultation asked for is convened, and at what rank.",
        COMITY,
        ("consult",),
        asks=(ONE_TIME,),
    ),
    TermKind(
        "comity-event-duty",
        SUBJECT,
        p.DUTY,
        frozenset(),
        {
            "on": p.Param(p.Type.TEXTS, choices=TOLD, needed=True),
            "owes": p.Param(p.Type.TEXT, choices=ANSWERING, needed=True),
            "actor": p.Param(p.Type.TEXT, choices=WHO, needed=True),
            **TIME,
        },
        "An event that a party tells sets off a duty: of whoever told it, of the other, or of both, in the time given, "
        "counted from the moment that the notice gives.",
        COMITY,
        tuple(sorted(ANSWERING)),
        asks=(ONE_TIME,),
    ),
    TermKind(
        "comity-receipt-duty",
        SUBJECT,
        p.DUTY,
        p.acts("release"),
        {
            "owes": p.Param(p.Type.TEXT, choices=RECEIVING, needed=True),
            "kinds": p.TEXTS,
            "from_en": p.TEXT,
            "from_tlp": p.Param(p.Type.TEXT, choices=p.TLP),
            **TIME,
        },
        "The receipt of a thing sets off a duty of its recipient, in the time given, counted from the signed receipt: "
        "for these kinds of record, from this level or TLP on; what is not named does not matter.",
        COMITY,
        tuple(sorted(RECEIVING)),
        asks=(ONE_TIME,),
    ),
)
