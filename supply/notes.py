"""Release notes signed with the project's hybrid key: the words, the version, and the SHA-256 of every file.

python -m supply.notes key VAULT                       a new key; prints what the world must know of it
python -m supply.notes sign VAULT NOTES FILE… > OUT    signs the text of NOTES and the files
python -m supply.notes check PUBLIC OUT FILE…          checks the signature and that every file is as signed
"""

import hashlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from comity import __version__
from comity.core import dsse, strictjson
from comity.core.errors import ComityError, Malformed, Refused
from comity.core.keys import PublicKey, Signer
from comity.vault import Vault

TYPE = "application/vnd.comity.release-notes+json"
FORMAT = "comity-release-notes/1"
WHO = "the Comity project"


def digests(files: Sequence[Path]) -> dict[str, str]:
    """The SHA-256 of each file, in hex, by its name alone. Raises `Malformed` where two have one name."""
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    if len(found) != len(files):
        raise Malformed("two of the files have one name")
    return found


def sign(signer: Signer, words: str, files: Mapping[str, str]) -> bytes:
    members = {"format": FORMAT, "version": __version__, "notes": words, "files": dict(files)}
    return dsse.seal(TYPE, strictjson.canonical(members), [signer])


def check(raw: bytes, key: PublicKey, files: Mapping[str, str]) -> str:
    """The notes' words, once the project signed them with both halves and each of `files` is as they say.

    Raises `Malformed` or `Refused`, naming the first file that is not.
    """
    payload = dsse.verify(dsse.parse(raw, "the release notes"), TYPE, {WHO: key}, "the release notes")
    members = strictjson.parse(payload, "the release notes")
    if members.get("format") != FORMAT:
        raise Malformed(f"the release notes are not of the format {FORMAT}")
    for name, digest in sorted(files.items()):
        if members["files"].get(name) != digest:
            raise Refused(f"{name} is not the file that was released: its bytes are others, or it is not in the notes")
    return str(members["notes"])


def main(words: Sequence[str]) -> int:
    try:
        match words:
            case ["key", vault]:
                print(json.dumps(Vault.create(Path(vault), os.urandom).public.as_json()))
            case ["sign", vault, notes, *files] if files:
                said = Path(notes).read_text("utf-8")
                print(sign(Vault.open(Path(vault)), said, digests([Path(one) for one in files])).decode())
            case ["check", public, signed, *files]:
                key = PublicKey.from_json(strictjson.parse(Path(public).read_bytes().strip()))
                print(check(Path(signed).read_bytes().strip(), key, digests([Path(one) for one in files])))
            case _:
                print(__doc__, file=sys.stderr)
                return 64
    except ComityError as error:
        print(error.message, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
