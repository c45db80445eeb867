"""The originator's own decision, taken beforehand: signed standing releases, kept as facts (DECISIONS 6)."""


