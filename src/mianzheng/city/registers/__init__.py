"""What each register knows of a block: one generator of truth rows for each register the city understands.

A register of the packs without one here is filled by `city.sampler` from its facts' types.
"""

from __future__ import annotations

from mianzheng.city.registers import business, care, family, insurance, learning, population, property
from mianzheng.city.rows import Generator

GENERATORS: dict[str, Generator] = {
    "birth": family.birth,
    "criminal_record": population.criminal_record,
    "death": family.death,
    "disability": care.disability,
    "elder_care": care.elder_care,
    "enterprise": business.enterprise,
    "hukou": population.hukou,
    "household": family.household,
    "housing_security": property.housing_security,
    "id_card": family.id_card,
    "marriage": family.marriage,
    "medical_insured": insurance.medical_insured,
    "real_estate": property.real_estate,
    "residence_permit": population.residence_permit,
    "social_assistance": care.social_assistance,
    "social_insurance": insurance.social_insurance,
    "student": learning.student,
    "taxpayer": business.taxpayer,
    "vehicle": population.vehicle,
}
