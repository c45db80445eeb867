"""What `test_kill` runs and kills: takes in and releases without end, and says what is acknowledged."""

from itertools import count
from pathlib import Path

from comity.ledger import leaf
from comity.records import OutcomeRow
from comity.store.agreement import AgreementStore
from comity.store.batch import batch_root
from comity.store.house import House
from comity.vault import Vault
from tests.store.scene import AGREEMENT, AT, DANA, VIEW, decision, new_record, outgoing, release

PER_BATCH = 20


def write(directory: Path, dsn: str | None) -> None:
    vault = Vault.open(directory / "vault")
    house = House.open(directory / "node", vault, dsn)
    store = AgreementStore.open(directory / "node", AGREEMENT, house.safe.keys, vault, dsn)
    for batch in count():
        texts = [f"record {batch} {i}" for i in range(PER_BATCH)]
        with house.begin() as tx:
            tx.take([new_record(vault, text, sealed=True) for text in texts], DANA, AT)
        for text in texts:
            print(text, flush=True)  # noqa: T201  # how the parent learns what is acknowledged
        _release(store, batch, texts)
        for text in texts:
            print("released", text, flush=True)  # noqa: T201  # as above


def _release(store: AgreementStore, batch: int, texts: list[str]) -> None:
    row = decision(f"q{batch}")
    with store.begin() as tx:
        tx.put_decisions([row])
        copies = tx.put_bodies([text.encode() for text in texts], sealed=True)
        first = tx.next_seq(VIEW)
        releases = [release(seq, f"rid{seq}", copy, row.did, batch) for seq, copy in enumerate(copies, first)]
        outcomes = [OutcomeRow(batch, pos, one.rid, row.did, "allow") for pos, one in enumerate(releases)]
        tx.put_outcomes(outcomes)
        tx.put_releases(releases)
        root = batch_root(outcomes, releases)
        assert tx.append("decisions", [leaf.write(leaf.Followed(batch, batch + 1, len(outcomes), root))]) == batch
        tx.put_outgoing([outgoing(batch + 1)])
        tx.advance(batch)
