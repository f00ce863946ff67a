"""What each register knows of a block: one generator of truth rows for each register the city understands.

A register of the packs without one here is filled by `city.sampler` from its facts' types.
"""

from __future__ import annotations

from mianzheng.city.registers import (
    business,
    care,
    family,
    insurance,
    kin,
    learning,
    licences,
    population,
    property,
    rural,
)
from mianzheng.city.rows import Generator

GENERATORS: dict[str, Generator] = {
    "adoption": kin.adoption,
    "birth": family.birth,
    "child_welfare": kin.child_welfare,
    "collective_member": rural.collective_member,
    "criminal_record": population.criminal_record,
    "death": family.death,
    "disability": care.disability,
    "elder_care": care.elder_care,
    "enterprise": business.enterprise,
    "fertility": family.fertility,
    "fund_account": property.fund_account,
    "homestead": rural.homestead,
    "household": family.household,
    "housing_security": property.housing_security,
    "hukou": population.hukou,
    "id_card": family.id_card,
    "kinship": kin.kinship,
    "land_contract": rural.land_contract,
    "marriage": family.marriage,
    "martyr_family": rural.martyr_family,
    "medical_insured": insurance.medical_insured,
    "power_account": property.power_account,
    "real_estate": property.real_estate,
    "residence_permit": population.residence_permit,
    "road_transport": licences.road_transport,
    "shareholding": licences.shareholding,
    "social_assistance": care.social_assistance,
    "social_insurance": insurance.social_insurance,
    "student": learning.student,
    "taxpayer": business.taxpayer,
    "title": property.title,
    "tobacco_licence": licences.tobacco_licence,
    "vehicle": population.vehicle,
    "veteran": rural.veteran,
}
