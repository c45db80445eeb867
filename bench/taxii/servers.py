"""The servers that are measured, each in processes of its own, the peers in environments of their own.

medallion 3.0.0 and OpenTAXII 0.9.3 come from the package index, started as their own documentation does it. OpenTAXII
as it comes answers 500 to every POST on SQLite, because it writes a UUID into JSON: a shim of one line lets its JSON
writer spell it. It is asked with a bearer token, its faster way by far; medallion and Comity with Basic.
"""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from bench.taxii.client import TYPE

MEDALLION = ("medallion==3.0.0", "gunicorn==23.0.0")
OPENTAXII = ("opentaxii==0.9.3", "sqlalchemy==1.4.54", "gunicorn==23.0.0")
NAME, SECRET = "bench", "bench-password"
PATIENCE = 180.0

OPENTAXII_CONFIG = """
domain: "127.0.0.1:{port}"
support_basic_auth: yes
return_server_error_details: no
auth_api:
  class: opentaxii.auth.sqldb.SQLDatabaseAPI
  parameters:
    {{db_connection: "sqlite:///{folder}/auth.db", create_tables: yes, secret: {secret}, token_ttl_secs: 360000}}
taxii1:
taxii2:
  title: bench
  public_discovery: true
  max_content_length: 209715200
  persistence_api:
    class: opentaxii.persistence.sqldb.Taxii2SQLDatabaseAPI
    parameters: {{db_connection: "sqlite:///{folder}/data.db", create_tables: yes}}
logging: {{opentaxii: warning, root: warning}}
"""
OPENTAXII_SHIM = """
import functools, json
import opentaxii.taxii2.http as http
http.json = type("Json", (), {"dumps": staticmethod(functools.partial(json.dumps, default=str))})
from opentaxii.http import app
"""
MEDALLION_APP = """
import json
from medallion import application_instance as app, register_blueprints, set_config
with open("medallion.json") as file:
    config = json.load(file)
for name in ("users", "taxii", "backend"):
    set_config(app, name, config)
register_blueprints(app)
"""


@dataclass(frozen=True)
class Running:
    """A server that answers. `collection` is its path, `pid` the process above all of its own."""

    name: str
    port: int
    authorization: str
    collection: str
    status: str
    pid: int


def basic(name: str, secret: str) -> str:
    return "Basic " + b64encode(f"{name}:{secret}".encode()).decode()


def environment(folder: Path, packages: Sequence[str]) -> Path:
    """The `bin` of a virtual environment with these packages, made where it is not there."""
    if not (folder / "made").exists():
        if uv := shutil.which("uv"):
            subprocess.run([uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, folder], check=True)
            python = folder / "bin" / "python"
            subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *packages], check=True)
        else:
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            subprocess.run([folder / "bin" / "pip", "install", "--quiet", *packages], check=True)
        (folder / "made").touch()
    return folder / "bin"


@contextmanager
def medallion(folder: Path, environments: Path) -> Iterator[Running]:
    """Its memory backend keeps everything in one process: one worker."""
    binaries = environment(environments / "medallion", MEDALLION)
    collection, port = str(uuid4()), free_port()
    rights = {"can_read": True, "can_write": True, "media_types": ["application/stix+json;version=2.1"]}
    shelf = {"id": collection, "title": "bench", **rights, "manifest": [], "objects": []}
    information = {"title": "bench", "versions": [TYPE], "max_content_length": 209715200}
    data = {
        "/discovery": {"title": "bench", "default": "api1", "api_roots": ["api1"]},
        "api1": {"information": information, "status": [], "collections": [shelf]},
    }
    (folder / "data.json").write_text(json.dumps(data))
    backend = {
        "module": "medallion.backends.memory_backend",
        "module_class": "MemoryBackend",
        "filename": str(folder / "data.json"),
    }
    config = {"backend": backend, "users": {NAME: SECRET}, "taxii": {"max_page_size": 1000}}
    (folder / "medallion.json").write_text(json.dumps(config))
    (folder / "served.py").write_text(MEDALLION_APP)
    command: list[str | Path] = [
        binaries / "gunicorn",
        "-w",
        "1",
        "--threads",
        "4",
        "-b",
        f"127.0.0.1:{port}",
        "--timeout",
        "1200",
        "served:app",
    ]
    with _process(command, folder, port) as pid:
        path = f"/api1/collections/{collection}/"
        yield Running("medallion 3.0.0, memory", port, basic(NAME, SECRET), path, "/api1/status/", pid)


@contextmanager
def opentaxii(folder: Path, environments: Path) -> Iterator[Running]:
    """On SQLite, with two workers, as its own container starts it."""
    binaries, port = environment(environments / "opentaxii", OPENTAXII), free_port()
    (folder / "config.yml").write_text(OPENTAXII_CONFIG.format(port=port, folder=folder, secret="b" * 32))
    (folder / "served.py").write_text(OPENTAXII_SHIM)
    env = {**os.environ, "OPENTAXII_CONFIG": str(folder / "config.yml")}

    def tool(name: str, *arguments: str) -> str:
        made = subprocess.run(
            [binaries / name, *arguments], env=env, cwd=folder, check=True, capture_output=True, text=True
        )
        return made.stdout

    def first(table: str) -> str:
        with sqlite3.connect(folder / "data.db") as store:
            (found,) = store.execute(f"SELECT id FROM {table}").fetchone()  # noqa: S608  # one of two names below
        return str(UUID(found))

    tool("opentaxii-add-api-root", "-t", "api1", "--default")
    root = first("opentaxii_api_root")
    tool("opentaxii-add-collection", "-r", root, "-t", "bench", "--public", "--public-write")
    token = tool("opentaxii-create-account", "-u", NAME, "-p", SECRET).rpartition("token: ")[2].strip()
    command: list[str | Path] = [
        binaries / "gunicorn", "served:app", "--workers=2", "--log-level=warning", "--timeout=300",
        "--config=python:opentaxii.http", f"--bind=127.0.0.1:{port}",
    ]  # fmt: skip
    with _process(command, folder, port, env) as pid:
        path = f"/taxii2/{root}/collections/{first('opentaxii_collection')}/"
        yield Running("OpenTAXII 0.9.3, SQLite", port, f"Bearer {token}", path, f"/taxii2/{root}/status/", pid)


@contextmanager
def comity(folder: Path, environments: Path) -> Iterator[Running]:
    """`comity sandbox taxii`: a whole node under its supervisor, as an operator runs one."""
    assert folder.exists()
    assert environments.exists()
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "comity",
        "sandbox",
        "taxii",
        "--port",
        str(port),
        "--user",
        NAME,
        "--password",
        SECRET,
    ]
    env = {**os.environ, "TMPDIR": str(folder)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env) as process:
        try:
            assert process.stdout is not None
            said = json.loads(process.stdout.readline())
            path = f"/taxii2/api/collections/{said['collections']['rw']}/"
            yield Running("Comity", port, basic(NAME, SECRET), path, "/taxii2/api/status/", process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def _process(
    command: Sequence[str | Path], folder: Path, port: int, env: dict[str, str] | None = None
) -> Iterator[int]:
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=subprocess.STDOUT) as process,
    ):
        try:
            answers(port)
            yield process.pid
        finally:
            process.terminate()
            process.wait()


def answers(port: int) -> None:
    """Returns once somebody listens. Raises `TimeoutError`."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"nothing listens on {port}")


def megabytes(pid: int) -> float:
    """What a process and all below it have in memory now, each counted whole."""
    table = {int(path.parent.name): path.read_text() for path in Path("/proc").glob("[0-9]*/status")}
    mine, found = {pid}, True
    while found:
        below = {one for one, text in table.items() if int(text.partition("PPid:\t")[2].split()[0]) in mine}
        found = not below <= mine
        mine |= below
    sizes = (text.partition("VmRSS:")[2].split() for one, text in table.items() if one in mine)
    return sum(int(size[0]) for size in sizes if size) / 1024
