"""Files about companies and about who pays for which premises."""

from imports import cells
from imports.kinds import Column, Derived, Kind, register_kind
from lithuanian.folding import fold_code, fold_name, fold_text
from lithuanian.sorting import sort_key

from .companies_file import merge_companies
from .register_file import merge_register

KINDS_OF_PAYER = {"person": "person", "company": "company", "fizinis": "person", "juridinis": "company"}
KINDS_OF_PREMISES = {
    "flat": "flat",
    "commercial": "commercial",
    "garage": "garage",
    "storage": "storage",
    "butas": "flat",
    "komercinė": "commercial",
    "garažas": "garage",
    "sandėliukas": "storage",
}
ROLES_OF_PAYER = {"owner": "owner", "tenant": "tenant", "savininkas": "owner", "nuomininkas": "tenant"}

companies = Kind(
    name="companies",
    needs_company=False,
    merge=merge_companies,
    columns=(
        Column("company_code", "Įmonės kodas", cells.company_code, required=True),
        Column("name", "Pavadinimas", cells.text(200), required=True),
        Column("declares_readings", "Deklaruojami rodmenys", cells.yes_no, "boolean", required=True),
        Column("window_opens", "Deklaravimo pradžia", cells.whole(1, 31), "smallint"),
        Column("window_closes", "Deklaravimo pabaiga", cells.whole(1, 31), "smallint"),
        Column("iban", "IBAN", cells.iban),
        Column("beneficiary_name", "Gavėjas", cells.text(200)),
        Column("email", "El. paštas", cells.email),
        Column("phone", "Telefono numeris", cells.text(40)),
        Column("vat_code", "PVM kodas", cells.vat_code),
        Column("address", "Adresas", cells.text(300)),
        Column(
            "linking_policy",
            "Objekto patvirtinimas",
            cells.choice({"name": "name", "code": "code", "staff": "staff"}),
        ),
        Column("emergency_phone", "Avarinė tarnyba", cells.text(40)),
    ),
    derived=(Derived("sort_key", ("name",), sort_key),),
)

register = Kind(
    name="register",
    merge=merge_register,
    columns=(
        Column("payer_code", "Mokėtojo kodas", cells.payer_code, required=True),
        Column("payer_name", "Mokėtojas", cells.text(200), required=True),
        Column("payer_kind", "Mokėtojo tipas", cells.choice(KINDS_OF_PAYER), required=True),
        Column("city", "Miestas", cells.text(100), required=True),
        Column("street", "Gatvė", cells.text(150), required=True),
        Column("house", "Namo Nr.", cells.text(20), required=True),
        Column("premises_kind", "Patalpos tipas", cells.choice(KINDS_OF_PREMISES), required=True),
        Column("unit", "Buto Nr.", cells.text(20)),
        Column(
            "area_m2", "Plotas m²", cells.number(places=2, limit=1_000_000, positive=True), "numeric(9,2)"
        ),
        Column("postal_code", "Pašto kodas", cells.text(20)),
        Column("payer_email", "Mokėtojo el. paštas", cells.email),
        Column("opened_on", "Atidaryta", cells.day, "date"),
        Column("closed_on", "Uždaryta", cells.day, "date"),
        Column("building_code", "Namo kodas", cells.text(50)),
        Column("premises_code", "Unikalus Nr.", cells.text(50)),
        Column("staircase", "Laiptinė", cells.text(20)),
        Column("payer_role", "Mokėtojo teisė", cells.choice(ROLES_OF_PAYER)),
        Column("payer_company_code", "Mokėtojo įmonės kodas", cells.company_code),
        Column("previous_payer_code", "Ankstesnis mokėtojo kodas", cells.payer_code),
    ),
    derived=(
        Derived("code_key", ("payer_code",), fold_code),
        Derived("previous_key", ("previous_payer_code",), fold_code),
        Derived(
            "name_key",
            ("payer_name", "payer_kind"),
            lambda name, kind: fold_name(name, is_company=kind == "company"),
        ),
        Derived(
            "address_key",
            ("city", "street", "house"),
            lambda city, street, house: f"{fold_text(city)}|{fold_text(street)}|{fold_text(house)}",
        ),
        Derived(
            "building_sort_key",
            ("city", "street", "house"),
            lambda city, street, house: " ".join(sort_key(part) for part in (city, street, house)),
        ),
        Derived("unit_key", ("unit",), fold_code),
        Derived("unit_sort_key", ("unit",), sort_key),
    ),
)

for kind in (companies, register):
    register_kind(kind)
