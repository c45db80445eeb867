"""The originator's own decision, taken beforehand: signed standing releases, kept as facts (DECISIONS 6)."""

import hashlib

from comity.acts.node import Node
from comity.acts.ports import HouseReader
from comity.agreement.instrument import Agreement
from comity.core.errors import Malformed, Refused
from comity.records import Fact, Principal
