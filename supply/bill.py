"""`python -m supply.bill FILE`: the bill of materials, CycloneDX 1.6, the same bytes for the same lock and commit."""

import hashlib
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from comity import __version__
from supply.packages import LOCK, Package, packages
from supply.wheel import epoch


def bill(found: list[Package], lock: bytes, at: int) -> str:
    """The document: Comity, every package of the lock with its hashes and licence, and who needs whom."""
    bom = Bom(serial_number=uuid.uuid5(uuid.NAMESPACE_OID, hashlib.sha256(lock).hexdigest()))
    bom.metadata.timestamp = datetime.fromtimestamp(at, UTC)
    ours = Component(
        name="comity",
        version=__version__,
        type=ComponentType.APPLICATION,
        bom_ref="comity",
        licenses=[LicenseExpression("Apache-2.0")],
    )
    bom.metadata.component = ours
    parts = {one.name: _component(one) for one in found}
    bom.components.update(parts.values())
    for one in found:
        bom.register_dependency(parts[one.name], [parts[name] for name in one.needs])
    bom.register_dependency(ours, [parts[one.name] for one in found if one.use == "runtime"])
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def _component(one: Package) -> Component:
    return Component(
        name=one.name,
        version=one.version,
        type=ComponentType.LIBRARY,
        bom_ref=f"{one.name}@{one.version}",
        purl=PackageURL("pypi", None, one.name, one.version),
        scope=ComponentScope.REQUIRED if one.use == "runtime" else ComponentScope.EXCLUDED,
        licenses=[LicenseExpression(one.licence)],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in one.hashes],
    )


def main(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(bill(packages(), LOCK.read_bytes(), epoch()), "utf-8")
    print(path.name)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
