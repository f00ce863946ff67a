"""What each register knows of a block: one generator of truth rows for each register the city understands.

A register of the packs without one here is filled by `city.sampler` from its facts' types.
"""

from __future__ import annotations

from mianzheng.city.registers import business, care, insurance, learning, population, property
from mianzheng.city.rows import Generator

GENERATORS: dict[str, Generator] = {
    "criminal_record": population.criminal_record,
    "disability": care.disability,
    "elder_care": care.elder_care,
    "enterprise": business.enterprise,
    "hukou": population.hukou,
    "housing_security": property.housing_security,
    "medical_insured": insurance.medical_insured,
    "real_estate": property.real_estate,
    "residence_permit": population.residence_permit,
    "social_assistance": care.social_assistance,
    "social_insurance": insurance.social_insurance,
    "student": learning.student,
    "taxpayer": business.taxpayer,
    "vehicle": population.vehicle,
}
