"""The catalogue as CPSV-AP 3.2 (Core Public Service Vocabulary Application Profile of SEMIC), in JSON-LD.

Item ↔ PublicService, department ↔ PublicOrganisation, condition ↔ Requirement and the Rule that it fulfils, source of
law ↔ LegalResource, credential ↔ Output, fee ↔ Cost, what happens ↔ LifeEvent or BusinessEvent. Evidence: none. A
service here has no input (`cpsv:hasInput`): the departments answer. The context stands inside the document, so that
nothing is fetched to read it; its terms are those of the profile's own context file, release 3.2.0.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from urllib.parse import quote

import msgspec

from mianzheng.catalogue.item_words import KINDS, PRESENCES, WHO
from mianzheng.catalogue.law import names_no_law
from mianzheng.catalogue.load import Catalogue
from mianzheng.model.facts import Department
from mianzheng.model.guide import Happening
from mianzheng.model.item import Condition, Item, Reference
from mianzheng.model.item_codes import KIND_CODES, implementing_code
from mianzheng.model.text import Text
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.rule_words import RuleWords

Node = dict[str, Any]
BASE = "urn:mianzheng:"
CNY = "http://publications.europa.eu/resource/authority/currency/CNY"
_LANGUAGES = [f"http://publications.europa.eu/resource/authority/language/{code}" for code in ("ZHO", "ENG")]
_DCT, _CV, _CPSV = "http://purl.org/dc/terms/", "http://data.europa.eu/m8g/", "http://purl.org/vocab/cpsv#"
_SKOS, _XSD = "http://www.w3.org/2004/02/skos/core#", "http://www.w3.org/2001/XMLSchema#"


def _to(iri: str) -> Node:
    return {"@id": iri, "@type": "@id"}


CONTEXT: Node = {
    "PublicService": f"{_CPSV}PublicService",
    "Rule": f"{_CPSV}Rule",
    "PublicOrganisation": f"{_CV}PublicOrganisation",
    "Requirement": f"{_CV}Requirement",
    "Output": f"{_CV}Output",
    "Cost": f"{_CV}Cost",
    "Channel": f"{_CV}Channel",
    "Organization": "http://www.w3.org/ns/org#Organization",
    "Event": f"{_CV}Event",
    "LifeEvent": f"{_CV}LifeEvent",
    "BusinessEvent": f"{_CV}BusinessEvent",
    "LegalResource": "http://data.europa.eu/eli/ontology#LegalResource",
    "Concept": f"{_SKOS}Concept",
    "Location": f"{_DCT}Location",
    "LinguisticSystem": f"{_DCT}LinguisticSystem",
    "identifier": f"{_DCT}identifier",
    "name": f"{_DCT}title",
    "description": f"{_DCT}description",
    "preferredLabel": f"{_SKOS}prefLabel",
    "notation": f"{_SKOS}notation",
    "language": _to(f"{_DCT}language"),
    "addressee": _to(f"{_DCT}audience"),
    "spatial": _to(f"{_DCT}spatial"),
    "type": _to(f"{_DCT}type"),
    "hasCompetentAuthority": _to(f"{_CV}hasCompetentAuthority"),
    "hasChannel": _to(f"{_CV}hasChannel"),
    "hasCost": _to(f"{_CV}hasCost"),
    "hasLegalResource": _to(f"{_CV}hasLegalResource"),
    "holdsRequirement": _to(f"{_CV}holdsRequirement"),
    "fulfils": _to(f"{_CV}fulfils"),
    "isClassifiedBy": _to(f"{_CV}isClassifiedBy"),
    "isDefinedBy": _to(f"{_CV}isDefinedBy"),
    "isGroupedBy": _to(f"{_CV}isGroupedBy"),
    "currency": _to(f"{_CV}currency"),
    "hasValue": {"@id": f"{_CV}hasValue", "@type": f"{_XSD}double"},
    "processingTime": {"@id": f"{_CV}processingTime", "@type": f"{_XSD}duration"},
    "follows": _to(f"{_CPSV}follows"),
    "implements": _to(f"{_CPSV}implements"),
    "produces": _to(f"{_CPSV}produces"),
}


def jsonld_of(catalogue: Catalogue, *, on: date, base: str = BASE) -> bytes:
    """Return the document of the conditions and fees in force on a day; `base` begins every identifier of the city."""
    graph = _Graph(catalogue, on, base)
    document = {"@context": CONTEXT, "@graph": graph.nodes()}
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


class _Graph:
    def __init__(self, catalogue: Catalogue, on: date, base: str) -> None:
        self.catalogue = catalogue
        self.on = on
        self.base = base
        self.found: dict[str, Node] = {}

    def nodes(self) -> list[Node]:
        """Return every node once, under its identifier."""
        for iri, zh, en in zip(_LANGUAGES, ("汉语", "英语"), ("Chinese", "English"), strict=True):
            self._own(iri, "LinguisticSystem", preferredLabel=_both(Text(zh, en)))
        self._own(CNY, "Concept", preferredLabel=_both(Text("人民币元", "Chinese yuan")))
        for department in self.catalogue.facts.departments.values():
            self._department(department)
        for compiled in self.catalogue.items:
            self._service(compiled)
        return list(self.found.values())

    def _department(self, department: Department) -> None:
        self._node(
            f"department/{department.department}",
            ["PublicOrganisation", "Organization"],
            identifier=department.uscc,
            preferredLabel=_both(department.name),
            spatial=self._node(f"place/{department.uscc[2:8]}", "Location", identifier=department.uscc[2:8]),
        )

    def _service(self, compiled: CompiledItem) -> None:
        item, facts = compiled.item, self.catalogue.facts
        department = facts.departments[item.department]
        own = f"item/{item.item}"
        words = RuleWords(compiled, facts)
        in_force = [one for one in compiled.conditions if one.in_force(self.on)]
        rules = {one.condition.id: self._rule(own, item, one.condition, words.rule(one.residual)) for one in in_force}
        laws = [item.reference, *(one.condition.reference for one in in_force)]
        laws += [item.outcome.pay.reference] if item.outcome.pay is not None else []
        self._node(
            own,
            "PublicService",
            identifier=implementing_code(department.uscc, item.code),
            name=_both(item.name),
            description=_both(_description(item, department)),
            hasCompetentAuthority=f"{self.base}department/{department.department}",
            processingTime=f"P{item.promise_days}D",
            language=_LANGUAGES,
            addressee=[self._concept("who", who, WHO[who]) for who in item.who],
            isClassifiedBy=self._concept("kind", KIND_CODES[item.kind], KINDS[item.kind]),
            follows=list(rules.values()),
            holdsRequirement=[self._requirement(own, rule, condition) for condition, rule in rules.items()],
            hasLegalResource=[law for law in dict.fromkeys(self._law(law) for law in laws) if law],
            produces=self._output(own, item),
            hasCost=self._costs(own, item),
            hasChannel=[self._channel(item.presence)],
            isGroupedBy=self._events(item),
        )

    def _rule(self, own: str, item: Item, condition: Condition, demands: Text) -> str:
        return self._node(
            f"{own}/{item.version}/rule/{condition.id}",
            "Rule",
            identifier=f"{item.item}/{item.version}/{condition.id}",
            name=_both(Text(f"{item.name.zh}：条件 {condition.id}", f"{item.name.en}: condition {condition.id}")),
            description=_both(demands),
            language=_LANGUAGES,
            implements=self._law(condition.reference),
        )

    def _requirement(self, own: str, rule: str, condition: str) -> str:
        return self._node(
            f"{own}/requirement/{condition}",
            "Requirement",
            identifier=f"{own.removeprefix('item/')}/{condition}",
            name=self.found[rule]["description"],
            fulfils=rule,
        )

    def _law(self, law: Reference) -> str:
        """Return a source of law, "" where none is named; of one whose text nobody has read it says so."""
        if names_no_law(law.text):
            return ""
        read = Text("已核对原文", "compared with its text") if law.verified else Text("原文未核", "not yet read")
        return self._node(
            f"law/{quote(law.text, safe='')}{'' if law.verified else '#unread'}",
            "LegalResource",
            name=[{"@value": law.text, "@language": "zh"}],
            description=_both(read),
        )

    def _output(self, own: str, item: Item) -> str:
        outcome = item.outcome
        return self._node(f"{own}/output", "Output", identifier=outcome.credential_type, name=_both(outcome.credential))

    def _costs(self, own: str, item: Item) -> list[str]:
        """Return the fee as the figure in force fixes it; none for an item without one."""
        if item.fee is None:
            return []
        values = [one for one in self.catalogue.params[item.fee.param].values if one.effective <= self.on]
        value = {"hasValue": float(str(values[-1].value))} if values else {}
        return [
            self._node(
                f"{own}/cost",
                "Cost",
                identifier=f"{item.item}/{item.fee.param}",
                description=_both(item.fee.label),
                currency=CNY,
                isDefinedBy=f"{self.base}department/{self.catalogue.params[item.fee.param].owner}",
                **value,
            )
        ]

    def _channel(self, presence: int) -> str:
        return self._node(
            f"channel/{presence}", "Channel", identifier=f"presence-{presence}", description=_both(PRESENCES[presence])
        )

    def _events(self, item: Item) -> list[str]:
        happenings = self.catalogue.guide.on(self.on).happenings
        return [self._event(one) for one in happenings if item.item in one.items]

    def _event(self, happening: Happening) -> str:
        known = {one.item.item: one.item for one in self.catalogue.items}
        people = any("自然人" in known[name].who for name in happening.items if name in known)
        return self._node(
            f"event/{happening.id}",
            ["LifeEvent" if people else "BusinessEvent", "Event"],
            identifier=happening.id,
            name=_both(happening.name),
            description=_both(happening.hint),
        )

    def _concept(self, scheme: str, notation: str, label: Text) -> str:
        return self._node(f"{scheme}/{quote(notation)}", "Concept", notation=notation, preferredLabel=_both(label))

    def _node(self, place: str, kind: str | list[str], /, **properties: Any) -> str:
        return self._own(f"{self.base}{place}", kind, **properties)

    def _own(self, iri: str, kind: str | list[str], /, **properties: Any) -> str:
        filled = {key: value for key, value in properties.items() if value not in ([], "", None)}
        self.found.setdefault(iri, {"@id": iri, "@type": kind, **filled})
        return iri


def _description(item: Item, department: Department) -> Text:
    zh = f"{department.name.zh}办理，属于{item.kind}；"
    zh += f"法定 {item.legal_days} 个工作日，承诺 {item.promise_days} 个工作日。"
    papers = len(item.replaces)
    zh += f"申请人不交证明材料：以前要带的 {papers} 份，由部门的登记直接回答。"
    en = f"Handled by the {department.name.en}; {item.legal_days} working days by law, {item.promise_days} promised. "
    en += f"Nothing is brought: what {papers} papers used to show is answered by the departments' registers."
    return Text(zh, en)


def _both(text: Text) -> list[Node]:
    return list(_languages(text))


def _languages(text: Text) -> Iterable[Node]:
    for language, said in (("zh", text.zh), ("en", text.en)):
        if said:
            yield {"@value": said, "@language": language}
