"""What Authorization shows is read strictly; what is none of ours is nothing, never an error of its own."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.annexes.cyber.taxii import authorization
from comity.release.collection import Basic, Token


def basic(text: str) -> str:
    return "Basic " + b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        (basic("dana:secret"), Basic("dana", "secret")),
        (basic("dana:se:cr:et"), Basic("dana", "se:cr:et")),
        (basic("דנה:סוד"), Basic("דנה", "סוד")),
        (basic(":"), Basic("", "")),
        (basic("dana:secret").replace("Basic", "bAsIc"), Basic("dana", "secret")),
        ("Bearer abc.DEF-1_2~3/4+==", Token("abc.DEF-1_2~3/4+==")),
        ("Token abc", Token("abc")),
        ("bearer   abc ", Token("abc")),
    ],
)
def test_a_credential_is_read(header: str, shown: Basic | Token) -> None:
    assert authorization.parse(header) == shown


@pytest.mark.parametrize(
    "header",
    ["", "Basic", "Basic ", "Basic %%%", "Basic YQ", "Basic YQ==", "Basic /////w==", "Bearer", "Bearer a b", "Bearer é",
     "Digest username=x", "Negotiate abc", "abc", "Basic dTpw extra", "Bearer " + "a" * 1025, basic("a\n:b"),
     basic("a:\x00"), " Basic dTpw", "Bearer\tabc"],
)  # fmt: skip
def test_what_is_none_is_nothing(header: str) -> None:
    assert authorization.parse(header) is None


@given(st.text(max_size=60))
def test_any_header_is_a_credential_or_nothing(header: str) -> None:
    assert authorization.parse(header) is None or header.strip()


@given(
    st.text(st.characters(categories=["L", "N", "P"], exclude_characters=":"), max_size=20),
    st.text(st.characters(categories=["L", "N", "P"]), max_size=20),
)
def test_a_name_and_a_secret_are_read_as_they_were_written(user: str, secret: str) -> None:
    assert authorization.parse(basic(f"{user}:{secret}")) == Basic(user, secret)
