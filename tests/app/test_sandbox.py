"""The sandbox is a whole node that is thrown away: one line says where it is, and nothing of it is left."""

import json
import signal
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import urllib3

from tests.acts.shelves import envelope, indicator
from tests.app.running import ROOT, started

pytestmark = pytest.mark.slow
"""It starts processes."""

TAXII = "application/taxii+json;version=2.1"
POOL = urllib3.PoolManager(retries=False, timeout=20, headers={"accept": TAXII})
SCHEMA = json.loads((ROOT / "docs" / "json" / "sandbox-taxii.schema.json").read_bytes())


def test_a_client_reads_one_collection_and_writes_to_the_other(tmp_path: Path) -> None:
    """Public data to read, an empty collection to write to, one user; no other word is said on standard output."""
    words = ("sandbox", "taxii", "--port", "0", "--user", "try", "--password", "me")
    process = started(tmp_path, *words, TMPDIR=str(tmp_path))
    try:
        assert process.stdout is not None
        where = json.loads(process.stdout.readline())
        jsonschema_rs.validate(SCHEMA, where)
        shown = urllib3.make_headers(basic_auth="try:me") | {"accept": TAXII, "content-type": TAXII}

        def ask(method: str, place: str, body: bytes | None = None) -> Any:
            answer = POOL.request(method, where["api_root"] + place, body=body, headers=shown)
            assert answer.status < 300, answer.data
            return json.loads(answer.data or b"null")

        ro, rw = (f"collections/{where['collections'][name]}/" for name in ("ro", "rw"))
        first = ask("GET", f"{ro}objects/?limit=1000")
        rest = ask("GET", f"{ro}objects/?limit=1000&next={first['next']}")
        assert len(first["objects"]) + len(rest["objects"]) > 1500
        assert ask("GET", f"{rw}objects/") == {}
        assert ask("POST", f"{rw}objects/", envelope(indicator(1)))["status"] == "complete"
        assert ask("GET", f"{rw}objects/")["objects"] == [indicator(1)]
        assert POOL.request("GET", where["discovery"]).status == 401
    finally:
        POOL.clear()
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=30)
    assert (process.returncode, said) == (0, "")
    assert list(tmp_path.glob("comity-sandbox-*")) == []
