"""The catalogue as JSON by its published schema, and as CPSV-AP."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import rdflib
from rdflib.namespace import RDF

from mianzheng.catalogue.exported import exported, json_of, schema
from mianzheng.catalogue.jsonld import CNY, jsonld_of
from mianzheng.catalogue.load import Catalogue, load
from mianzheng.cli.main import main
from mianzheng.model.item_codes import implementing_code
from tests.catalogue.small_packs import SMALL
from tests.core_packs import core_catalogue

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # rdflib's own
ROOT = Path(__file__).parents[2]
DAY = date(2026, 12, 1)
CV, DCT = rdflib.Namespace("http://data.europa.eu/m8g/"), rdflib.Namespace("http://purl.org/dc/terms/")
CPSV, SKOS = rdflib.Namespace("http://purl.org/vocab/cpsv#"), rdflib.Namespace("http://www.w3.org/2004/02/skos/core#")
# what the profile's own shapes (SHACL, release 3.2.0) demand at least once
MANDATORY = {
    CPSV.PublicService: (DCT.identifier, DCT.title, DCT.description, CV.hasCompetentAuthority),
    CPSV.Rule: (DCT.identifier, DCT.title, DCT.description),
    CV.PublicOrganisation: (DCT.spatial, SKOS.prefLabel),
    CV.Requirement: (DCT.identifier, DCT.title),
    CV.Output: (DCT.identifier, DCT.title),
    CV.Cost: (DCT.identifier,),
    CV.Channel: (DCT.identifier,),
    CV.Event: (DCT.identifier, DCT.title),
}
# and of which class they say that its values are
RANGES = {
    CV.hasCompetentAuthority: CV.PublicOrganisation,
    CV.hasChannel: CV.Channel,
    CV.hasCost: CV.Cost,
    CV.holdsRequirement: CV.Requirement,
    CV.fulfils: CPSV.Rule,
    CPSV.follows: CPSV.Rule,
    CPSV.produces: CV.Output,
    CV.isGroupedBy: CV.Event,
    CV.hasLegalResource: rdflib.URIRef("http://data.europa.eu/eli/ontology#LegalResource"),
    CPSV.implements: rdflib.URIRef("http://data.europa.eu/eli/ontology#LegalResource"),
    CV.isDefinedBy: rdflib.URIRef("http://www.w3.org/ns/org#Organization"),
    CV.currency: SKOS.Concept,
    DCT.audience: SKOS.Concept,
    DCT.spatial: DCT.Location,
    DCT.language: DCT.LinguisticSystem,
}


@cache
def real() -> Catalogue:
    return core_catalogue()


@cache
def graph() -> rdflib.Graph:
    return rdflib.Graph().parse(data=jsonld_of(real(), on=DAY), format="json-ld")


def test_the_published_schema_is_the_one_of_the_structs() -> None:
    published = json.loads((ROOT / "docs/catalogue.schema.json").read_text(encoding="utf-8"))
    assert published == json.loads(json.dumps(schema()))
    jsonschema.Draft202012Validator.check_schema(published)


def test_the_export_fits_the_schema_and_a_bent_one_does_not() -> None:
    validator = jsonschema.Draft202012Validator(schema())
    document: dict[str, Any] = json.loads(json_of(real()))
    assert [error.message for error in validator.iter_errors(document)] == []
    document["items"][0]["item"]["kind"] = "行政处罚"
    assert not validator.is_valid(document)


def test_the_export_tells_codes_words_and_no_column_of_a_register() -> None:
    catalogue = real()
    one, *_ = exported(catalogue).items
    uscc = catalogue.facts.departments[one.item.department].uscc
    assert one.implementing_code == implementing_code(uscc, one.item.code)
    assert one.conditions.keys() == {condition.id for condition in one.item.conditions}
    registers = json.loads(json_of(catalogue))["registers"]
    assert not {"source", "engine"} & registers[0].keys()
    assert not {"key", "name"} & {
        name for register in registers for link in register["links"].values() for name in link
    }


def test_every_item_is_a_public_service_with_all_that_the_profile_demands() -> None:
    found = graph()
    assert len(set(found.subjects(RDF.type, CPSV.PublicService))) == len(real().items)
    for kind, properties in MANDATORY.items():
        subjects = set(found.subjects(RDF.type, kind))
        assert subjects, kind
        lacking = [(one, name) for one in subjects for name in properties if (one, name, None) not in found]
        assert lacking == []


def test_every_value_is_of_the_class_that_the_profile_names() -> None:
    found = graph()
    for name, kind in RANGES.items():
        values = set(found.objects(None, name))
        assert values, name
        assert [one for one in values if (one, RDF.type, kind) not in found] == []


def test_names_are_said_in_both_languages() -> None:
    found = graph()
    for kind in (CPSV.PublicService, CPSV.Rule, CV.Output):
        for one in found.subjects(RDF.type, kind):
            assert {name.language for name in found.objects(one, DCT.title)} == {"zh", "en"}


def test_no_service_has_an_input_and_a_fee_is_in_yuan() -> None:
    found = graph()
    assert not list(found.triples((None, CPSV.hasInput, None)))
    costs = set(found.objects(None, CV.hasCost))
    assert costs and {str(found.value(one, CV.currency)) for one in costs} == {CNY}
    assert all(float(str(found.value(one, CV.hasValue))) > 0 for one in costs)


def test_the_command_writes_both_files(tmp_path: Path) -> None:
    files = [tmp_path / "c.json", tmp_path / "c.jsonld"]
    words = ["catalogue", "export", str(SMALL), "--json", str(files[0]), "--jsonld", str(files[1])]
    assert main([*words, "--base", "https://city.example/"]) == 0
    assert json.loads(files[0].read_bytes())["format"] == "mianzheng-catalogue/1"
    assert b"https://city.example/item/old-age" in files[1].read_bytes()


def test_a_reference_that_names_no_law_becomes_no_legal_resource() -> None:
    found = load(SMALL)
    document = json.loads(jsonld_of(found, on=DAY))
    laws = {one["name"][0]["@value"] for one in document["@graph"] if one["@type"] == "LegalResource"}
    assert "不重复发放" in {one.reference.text for one in found.items[0].item.conditions}
    assert "老年人权益保障法第三十三条" in laws and "不重复发放" not in laws
    (rule,) = [one for one in document["@graph"] if one["@id"].endswith("rule/no-other")]
    assert "implements" not in rule
