"""Files about what is owed and paid."""

from imports import cells
from imports.kinds import Column, Derived, Kind, register_kind
from lithuanian.folding import fold_code
from meters.imports import TYPES as METER_TYPES

from .balances_file import merge_balances
from .bank_file import bank_text, merge_bank_statement
from .bank_statement import LONGEST_TEXT, open_statement
from .invoices_file import merge_invoices
from .payments_file import merge_payments

STATUSES = {"live": "live", "cancelled": "cancelled", "galioja": "live", "anuliuota": "cancelled"}
CODE_KEY = Derived("code_key", ("payer_code",), fold_code)
PAYER_CODE = Column("payer_code", "Mokėtojo kodas", cells.payer_code, required=True)
MONEY = "numeric(12,2)"
QUANTITY = "numeric(15,6)"

balances = Kind(
    name="balances",
    merge=merge_balances,
    columns=(
        PAYER_CODE,
        Column("as_of_on", "Data", cells.day, "date", required=True),
        Column("balance", "Likutis", cells.cents, MONEY, required=True),
    ),
    derived=(CODE_KEY,),
)

invoices = Kind(
    name="invoices",
    merge=merge_invoices,
    columns=(
        Column("number", "Sąskaitos Nr.", cells.text(50), required=True),
        PAYER_CODE,
        Column("period", "Laikotarpis", cells.period, "date", required=True),
        Column("issued_on", "Išrašyta", cells.day, "date", required=True),
        Column("due_on", "Apmokėti iki", cells.day, "date", required=True),
        Column("line_no", "Eil. Nr.", cells.whole(1, 999_999), "integer", required=True),
        Column("service", "Paslauga", cells.text(300), required=True),
        Column("amount", "Suma su PVM", cells.cents, MONEY, required=True),
        Column("quantity", "Kiekis", cells.number(places=6, limit=10**9), QUANTITY),
        Column("unit", "Mato vnt.", cells.text(20)),
        Column("unit_price", "Kaina su PVM", cells.number(places=6, limit=10**9), QUANTITY),
        Column("vat_rate", "PVM %", cells.number(places=2, limit=1000), "numeric(5,2)"),
        Column("vat_amount", "PVM suma", cells.cents, MONEY),
        Column("opening_balance", "Ankstesnis likutis", cells.cents, MONEY),
        Column("received", "Gauta", cells.cents, MONEY),
        Column("late_interest", "Delspinigiai", cells.cents, MONEY),
        Column("total", "Mokėti iš viso", cells.cents, MONEY),
        Column("status", "Būsena", cells.choice(STATUSES)),
        Column("service_code", "Paslaugos kodas", cells.text(50)),
        Column("meter_type", "Skaitiklio tipas", cells.choice(METER_TYPES)),
        Column("serial", "Skaitiklio Nr.", cells.text(50)),
    ),
    derived=(CODE_KEY,),
)

payments = Kind(
    name="payments",
    merge=merge_payments,
    columns=(
        Column("bank_reference", "Banko nuoroda", cells.text(100), required=True),
        PAYER_CODE,
        Column("paid_on", "Mokėjimo data", cells.day, "date", required=True),
        Column("amount", "Suma", cells.cents, MONEY, required=True),
        Column("invoice_number", "Sąskaitos Nr.", cells.text(50)),
        Column("order_id", "Užsakymo Nr.", cells.text(100)),
        Column("part_no", "Dalis", cells.whole(1, 999_999), "integer"),
        Column("payer_name", "Mokėtojas", cells.text(200)),
        Column("note", "Paskirtis", cells.text(500)),
    ),
    derived=(CODE_KEY,),
)

bank_statement = Kind(
    name="bank_statement",
    merge=merge_bank_statement,
    opens=open_statement,
    columns=(
        Column("booking_date", "Įskaitymo data", cells.day, "date", required=True),
        Column("amount", "Suma", cells.cents, MONEY, required=True),
        Column("text", "Paskirtis", bank_text(LONGEST_TEXT)),
        Column("payer_name", "Mokėtojas", bank_text(200)),
        Column("payer_account", "Mokėtojo sąskaita", bank_text(34)),
        Column("bank_reference", "Banko nuoroda", bank_text(100), required=True),
        Column("account", "Sąskaita", bank_text(34)),
        Column("nature", "Rūšis", bank_text(20)),
    ),
)

for kind in (balances, invoices, payments, bank_statement):
    register_kind(kind)
