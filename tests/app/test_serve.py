"""`comity serve` says when it is ready, keeps its node alive, lets nobody else in, and stops when it is told to."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from comity.acts import accept
from comity.settings import FILE, Listener, Settings, write
from tests.acts.crossing import Forge
from tests.acts.things import stix, take
from tests.app.running import Running, refused, serving
from tests.joined import Pair, joined, opened, pair_in
from tests.store.test_lock import taken

pytestmark = pytest.mark.slow
"""Each of these starts processes."""


BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
"""When these nodes were made: the one that is served goes by the real clock, which must not stand before its log."""


def listening(folder: Path, **changed: object) -> Path:
    """The node in `folder`, on any free ports."""
    chosen = msgspec.toml.decode((folder / FILE).read_bytes(), type=Settings)
    anywhere = {"partners_listener": Listener(port=0), "house_listener": Listener(port=0)}
    write(folder, msgspec.structs.replace(chosen, **(anywhere | changed)))
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two nodes that have signed; Israel's is to be served."""
    place = tmp_path_factory.mktemp("nodes")
    with joined(place, now=BEFORE) as pair:
        take(pair.il, stix("malware", "one"))
    listening(place / "IL")
    return place


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[Running]:
    with serving(folder / "IL") as node:
        yield node


@pytest.fixture
def partner(folder: Path, running: Running) -> Iterator[Pair]:
    """Japan's side, and Israel's files as another process sees them."""
    with opened(folder) as pair:
        yield pair


def test_the_ready_line_says_who_and_where(running: Running) -> None:
    assert running.ready["ready"] is True
    assert running.ready["party"] == "IL"
    assert running.ready["partners"].startswith("http://127.0.0.1:")
    assert running.ready["house"].startswith("http://127.0.0.1:")


def test_it_is_alive_and_ready(running: Running) -> None:
    assert running.get("/healthz").json() == {"alive": True}
    told = running.get("/readyz")
    assert (told.status, told.json()["ready"]) == (200, True)


def test_each_listener_has_its_own_doors(running: Running) -> None:
    """Partners only bring, so whatever they would fetch is answered alike, be it there or not."""
    paths = ("/healthz", "/exchange/v1/envelopes", "/nothing")
    assert {running.get(path, listener="partners").status for path in paths} == {405}
    assert running.post("/healthz", b"").status == 404


def test_a_partners_envelope_is_taken_and_answered_over_http(running: Running, partner: Pair) -> None:
    """Real sockets, real time: the same bytes twice get the same receipt."""
    forge = Forge(partner)
    now = datetime.now(UTC)  # noqa: TID251  # the node that is served goes by the real clock
    sent = forge.send(forge.stix(stix("malware", "over the wire")), at=now)
    first, again = (running.post("/exchange/v1/envelopes", sent) for _ in range(2))
    assert (first.status, again.status) == (200, 200)
    assert first.data == again.data
    assert accept.accept(partner.il, sent) == first.data, "another process finds the same receipt"
    assert not {"server", "date"} & {name.lower() for name in first.headers}


@pytest.mark.parametrize(
    ("raw", "headers", "statuses"),
    [
        (b"", {}, (400,)),
        (b"{}", {}, (400,)),
        (b"x" * 70_000, {}, (400, 413)),
        (b"x", {"Content-Encoding": "gzip"}, (400, 415)),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(
    running: Running, raw: bytes, headers: dict[str, str], statuses: tuple[int, ...]
) -> None:
    told = running.post("/exchange/v1/pull", raw, **headers)
    assert told.status in statuses
    assert b"Traceback" not in told.data
    assert 0 < len(told.data) < 500


def test_a_second_node_in_the_same_directory_is_refused(running: Running, folder: Path) -> None:
    code, told = refused(folder / "IL")
    assert code == 77
    assert f"process {running.process.pid}" in told
    assert running.get("/healthz").status == 200


def test_a_node_process_that_dies_is_started_again(running: Running) -> None:
    [before] = running.children()
    os.kill(before, signal.SIGKILL)
    running.next_ready()
    [after] = running.children()
    assert after != before
    assert running.get("/readyz").status == 200


def test_told_to_stop_it_ends_with_0_and_leaves_nothing_running(folder: Path, tmp_path: Path) -> None:
    listening(folder / "JP")
    with serving(folder / "JP") as node:
        [child] = node.children()
        assert node.stop() == 0
        assert not Path(f"/proc/{child}").exists()
    with serving(folder / "JP") as again:
        assert again.stop() == 0


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with pair_in(tmp_path):
        pass
    (listening(tmp_path / "IL") / "vault" / "identity.key").chmod(0o644)
    code, told = refused(tmp_path / "IL")
    assert code == 77
    assert "0644" in told or "refused" in told


@pytest.mark.parametrize("listener", ["partners_listener", "house_listener"])
def test_an_open_listener_without_tls_is_refused(tmp_path: Path, listener: str) -> None:
    with pair_in(tmp_path):
        pass
    listening(tmp_path / "IL", **{listener: Listener(host="0.0.0.0", port=0)})  # noqa: S104  # that is what is refused
    code, told = refused(tmp_path / "IL")
    assert code == 77
    assert "without TLS" in told


def test_where_there_is_no_node_it_says_so(tmp_path: Path) -> None:
    code, told = refused(tmp_path)
    assert code == 66
    assert "no node" in told


def test_an_unknown_setting_is_refused(tmp_path: Path) -> None:
    with pair_in(tmp_path):
        pass
    path = listening(tmp_path / "IL") / FILE
    path.write_text("surprise = true\n" + path.read_text("utf-8"), "utf-8")
    code, told = refused(tmp_path / "IL")
    assert code == 65
    assert "surprise" in told


def test_what_it_writes_is_json_line_by_line(folder: Path) -> None:
    """Standard output has the ready lines, standard error one JSON object an event, and nothing of what is kept."""
    with serving(folder / "JP") as node:
        node.post("/exchange/v1/pull", b"hello")
        assert node.stop() == 0
        assert node.process.stderr is not None
        lines = node.process.stderr.read().splitlines()
    for line in lines:
        assert isinstance(json.loads(line), dict), line
        assert "Paper Lantern" not in line


def test_a_node_does_not_outlive_its_supervisor(folder: Path) -> None:
    """The lock dies with whoever holds it: a node that went on without it would be one of two in a directory."""
    with serving(folder / "JP") as node:
        [child] = node.children()
        node.process.kill()
        node.process.wait(timeout=10)
        assert gone(child), "the node process went on"
    with serving(folder / "JP") as again:
        assert again.stop() == 0


def test_a_second_node_does_not_start_while_the_first_is_still_ending(folder: Path) -> None:
    """The supervisor is killed and its node process cannot end yet: the directory is still taken."""
    with serving(folder / "JP") as node:
        [child] = node.children()
        os.kill(child, signal.SIGSTOP)
        node.process.kill()
        node.process.wait(timeout=10)
        assert taken(folder / "JP")
        os.kill(child, signal.SIGCONT)
    with serving(folder / "JP") as again:
        assert not lives(child)
        assert again.stop() == 0


def lives(process: int) -> bool:
    """Whether it still runs: one that has ended stands there until whoever inherited it has looked."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text("ascii")
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def gone(process: int) -> bool:
    """Whether it ends within some seconds."""
    for _ in range(200):
        if not lives(process):
            return True
        threading.Event().wait(0.1)
    return False
