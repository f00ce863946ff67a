"""The core of the real packs: 17 departments, 34 registers and 47 items, a fixed list.

Tests that build, decide or serve every item take these, so that their time does not grow with the catalogue. The whole
tree is read by `tests/catalogue/test_real_packs.py` and by `mianzheng conformance` alone.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from mianzheng.catalogue.load import Catalogue, load
from tests.city_wide.few_departments import PACKS, copy_parts

_REGISTERS: Mapping[str, tuple[str, ...]] = {
    "agriculture": (
        "collective_member",
        "homestead",
        "land_contract",
    ),
    "civil-affairs": (
        "adoption",
        "child_welfare",
        "elder_care",
        "marriage",
        "social_assistance",
    ),
    "disabled-persons": ("disability",),
    "education": ("student",),
    "health": (
        "birth",
        "death",
        "fertility",
    ),
    "housing": ("housing_security",),
    "housing-fund": ("fund_account",),
    "human-resources": ("social_insurance",),
    "market-regulation": (
        "enterprise",
        "shareholding",
    ),
    "medical-insurance": ("medical_insured",),
    "natural-resources": (
        "real_estate",
        "title",
    ),
    "power": ("power_account",),
    "public-security": (
        "criminal_record",
        "household",
        "hukou",
        "id_card",
        "kinship",
        "residence_permit",
        "vehicle",
    ),
    "taxation": ("taxpayer",),
    "tobacco": ("tobacco_licence",),
    "transport": ("road_transport",),
    "veterans": (
        "martyr_family",
        "veteran",
    ),
}
_ITEMS: Mapping[str, tuple[str, ...]] = {
    "agriculture": (
        "ag-homestead",
        "ag-soil-subsidy",
    ),
    "civil-affairs": (
        "elder-service-subsidy",
        "old-age-allowance",
        "subsistence-allowance",
        "temporary-assistance",
        "unsupported-child",
    ),
    "disabled-persons": (
        "dp-nursing-subsidy",
        "dp-wheelchair-fuel",
    ),
    "education": (
        "primary-school-enrolment",
        "senior-grant",
        "vocational-tuition-free",
    ),
    "health": (
        "childcare-subsidy",
        "fertility-registration",
        "only-child-award",
    ),
    "housing": (
        "hs-affordable-rental",
        "hs-public-rental",
        "hs-rent-subsidy",
    ),
    "housing-fund": ("hf-withdraw-rent",),
    "human-resources": (
        "employee-pension-claim",
        "flexible-insurance-subsidy",
        "funeral-grant-employee",
        "hardship-employment-recognition",
        "resident-pension-claim",
        "unemployment-benefit",
    ),
    "market-regulation": (
        "mr-food-permit",
        "mr-simple-cancel",
        "mr-suspension",
    ),
    "medical-insurance": (
        "family-account-sharing",
        "long-stay-elsewhere-filing",
        "newborn-medical-enrolment",
        "resident-medical-enrolment",
        "retired-medical-benefit",
    ),
    "natural-resources": (
        "nr-inheritance",
        "nr-registry-query",
        "nr-spouse-share",
    ),
    "power": ("power-account-transfer",),
    "public-security": (
        "death-deregistration",
        "id-card-replace",
        "move-in-parent-to-child",
        "no-criminal-record",
        "residence-permit",
    ),
    "taxation": (
        "tx-defer-payment",
        "tx-vat-small",
    ),
    "tobacco": ("tobacco-retail-new",),
    "transport": ("tr-freight",),
    "veterans": ("vt-rural-60",),
}
ITEMS = sorted(item for items in _ITEMS.values() for item in items)


@cache
def core_packs() -> Path:
    """Return a folder with the core of the packs; made once a process, and removed when that ends."""
    folder = Path(tempfile.mkdtemp(prefix="mianzheng-core-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)  # gateways of a test may run as another user
    packs = copy_parts(folder / "packs", _REGISTERS, _ITEMS)
    _copy_guide(packs)
    return packs


@cache
def core_catalogue() -> Catalogue:
    """Return the core of the packs, compiled."""
    return load(core_packs())


def _copy_guide(packs: Path) -> None:
    """Write the city's own two files, with what speaks of the core alone."""
    happenings = msgspec.yaml.decode((PACKS / "happenings.yaml").read_bytes())
    for one in happenings["happenings"]:
        one["items"] = [item for item in one["items"] if item in ITEMS]
    happenings["happenings"] = [one for one in happenings["happenings"] if one["items"]]
    happenings["also_called"] = {item: names for item, names in happenings["also_called"].items() if item in ITEMS}
    items = [msgspec.yaml.decode(path.read_bytes()) for path in packs.glob("*/items/*.yaml")]
    replaced = {paper for item in items for paper in item.get("replaces", ())}
    happenings["papers"] = {paper: name for paper, name in happenings["papers"].items() if paper in replaced}
    contacts = msgspec.yaml.decode((PACKS / "contacts.yaml").read_bytes())
    for counter in contacts["counters"]:
        counter["departments"] = [name for name in counter.get("departments", _ITEMS) if name in _ITEMS]
    contacts["counters"] = [counter for counter in contacts["counters"] if counter["departments"]]
    (packs / "happenings.yaml").write_bytes(msgspec.yaml.encode(happenings))
    (packs / "contacts.yaml").write_bytes(msgspec.yaml.encode(contacts))
