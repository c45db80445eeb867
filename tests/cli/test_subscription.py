"""A collection served over HTTP is read by the commands a person types, with a secret that nobody else can read."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from comity import settings
from comity.acts import offering
from comity.core.errors import ComityError
from comity.release.collection import Holder
from comity.settings import Settings, Subscribed
from comity.wiring import create_node
from tests.acts.feeds import YAML, indicator
from tests.acts.shelves import calling, envelope, shelved, working
from tests.api.scene import DANA, MANY
from tests.api.served import served
from tests.cli.terminal import typed
from tests.cli.test_json import SCHEMAS
from tests.joined import DANA as BY

COUNT = 25


@pytest.fixture
def place(tmp_path: Path) -> Iterator[str]:
    with shelved(tmp_path / "there") as node:
        feed = working(node)
        views, caller = calling(node, Holder.ORGANISATION, "shop")
        offering.issue(node, Holder.ORGANISATION, "shop", BY, user=DANA.user, secret=DANA.secret)
        assert views.post(caller, feed, envelope(*(indicator(n) for n in range(COUNT)))).complete
        with served(node, views=views, limits=MANY) as at:
            yield f"{at.place}/taxii2/api/collections/{feed.id}/"


def subscriber(folder: Path, place: str, secret: str = DANA.secret) -> Path:
    feed = Subscribed(url=place, source="open-feed", user=DANA.user, secret_file="feed.secret")
    create_node(folder, Settings("IL", subscriptions={"feed": feed}))
    (folder / "profiles" / "open-feed.yaml").write_bytes(YAML)
    path = folder / "feed.secret"
    path.touch(mode=0o600)
    path.write_text(secret + "\n", "ascii")
    return folder


def answer(line: str, folder: Path) -> Any:
    said = typed(f"comity {line} --json", folder)
    assert said.code == 0, said.text
    value = json.loads(said.out)
    jsonschema_rs.validate(SCHEMAS["-".join(line.split()[:2])], value)
    return value


def test_it_is_read_whole_and_then_only_what_is_new(tmp_path: Path, place: str) -> None:
    subscriber(tmp_path / "il", place)
    assert answer("subscription list --data il", tmp_path)["subscriptions"][0]["since"] is None
    first = answer("subscription poll --data il feed", tmp_path)
    assert (first["taken"], first["quarantined"]) == (COUNT, 0)
    again = answer("subscription poll --data il feed", tmp_path)
    assert (again["taken"], again["pages"], again["since"]) == (0, 0, first["since"])
    found = answer("subscription compare --data il feed", tmp_path)
    assert (found["listed"], found["missing"], found["not_given"]) == (COUNT, 0, [])
    assert answer("subscription list --data il", tmp_path)["subscriptions"][0]["since"] == first["since"]


def test_a_wrong_secret_is_told_without_showing_it(tmp_path: Path, place: str) -> None:
    subscriber(tmp_path / "il", place, secret="hush-hush")
    said = typed("comity subscription poll --data il feed", tmp_path)
    assert said.code == 77
    assert "credentials" in said.text
    assert "hush" not in said.text


def test_a_secret_that_others_can_read_is_not_used(tmp_path: Path, place: str) -> None:
    (subscriber(tmp_path / "il", place) / "feed.secret").chmod(0o640)
    said = typed("comity subscription poll --data il feed", tmp_path)
    assert said.code == 77
    assert "chmod 600" in said.text
    (tmp_path / "il" / "feed.secret").unlink()
    assert typed("comity subscription poll --data il feed", tmp_path).code == 66


@pytest.mark.parametrize(
    "wrong",
    [
        Subscribed("http://feed.example/c/", "s"),
        Subscribed("ftp://feed.example/c/", "s"),
        Subscribed("https://dana:hush@feed.example/c/", "s"),
        Subscribed("https://feed.example/c/?key=hush", "s"),
        Subscribed("https://feed.example/c/", "s", user="dana"),
        Subscribed("https://feed.example/c/", "s", user="a:b", secret_file="x"),
        Subscribed("https://feed.example/c/", "s", tls_key="x"),
        Subscribed("https://feed.example/c/", "s", every_seconds=1),
    ],
)
def test_settings_that_would_leak_or_flood_are_refused(wrong: Subscribed) -> None:
    with pytest.raises(ComityError):
        settings.check(Settings("IL", subscriptions={"feed": wrong}))
