from decimal import Decimal

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("invoices", "0003_lists_in_their_order"),
        ("properties", "0006_list_in_order_of_codes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BankEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account", models.CharField(max_length=34, verbose_name="account")),
                ("bank_reference", models.CharField(max_length=100, verbose_name="bank reference")),
                ("booked_on", models.DateField(verbose_name="booked")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="amount")),
                ("text", models.CharField(blank=True, max_length=1000, verbose_name="text")),
                ("payer_name", models.CharField(blank=True, max_length=200, verbose_name="payer")),
                (
                    "payer_account",
                    models.CharField(blank=True, max_length=34, verbose_name="payer's account"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("posted", "Posted"),
                            ("settlement", "Settlement of a payment provider"),
                            ("other", "Not a resident's payment"),
                        ],
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "found_by",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("reference", "Payment reference"),
                            ("code_and_invoice", "Payer code and invoice number"),
                            ("code", "Payer code"),
                            ("invoice", "Invoice number"),
                            ("sum_and_payer", "Sum and payer"),
                            ("accounting", "The accounting's payments file"),
                            ("staff", "Staff"),
                        ],
                        max_length=20,
                        verbose_name="found by",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("nothing", "nothing tells whose payment it is"),
                            ("several", "several payment books fit"),
                            ("not_confirmed", "neither the sum nor the payer confirms the code or number"),
                            (
                                "contradiction",
                                "the text means one payment book, the sum and the payer another",
                            ),
                            ("sum_differs", "the sum is not that of the payment reference"),
                            ("reversal", "the bank took a payment back or returned one"),
                            ("batch", "the bank gives one sum for several payments"),
                            ("on_file", "payments with this bank reference are on file with another sum"),
                        ],
                        max_length=20,
                        verbose_name="why it waits",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                ("brought_at", models.DateTimeField(verbose_name="brought")),
                ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="settled")),
                (
                    "managing_company",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="properties.managingcompany",
                        verbose_name="managing company",
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="settled by",
                    ),
                ),
            ],
            options={
                "verbose_name": "bank entry",
                "verbose_name_plural": "bank entries",
                "ordering": ["-booked_on", "-id"],
                "indexes": [
                    models.Index(
                        fields=["managing_company", "-booked_on", "-id"], name="bank_entries_of_a_company"
                    ),
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["managing_company", "-booked_on", "-id"],
                        name="bank_entries_that_wait",
                    ),
                    models.Index(
                        fields=["managing_company", "bank_reference"], name="bank_entry_by_reference"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("managing_company", "account", "bank_reference"),
                        name="one_bank_entry_per_account_and_reference",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("amount__isnull", True),
                                models.Q(
                                    ("amount__gt", Decimal("-10000000000")),
                                    ("amount__lt", Decimal("10000000000")),
                                ),
                                _connector="OR",
                            ),
                            models.Q(("amount", 0), _negated=True),
                        ),
                        name="bank_entry_amount_is_a_number",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("settled_at__isnull", True),
                                ("settled_by__isnull", True),
                                ("state", "waiting"),
                            ),
                            models.Q(
                                models.Q(("state", "waiting"), _negated=True), ("settled_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="bank_entry_waits_or_is_settled",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "other"), _negated=True),
                            models.Q(("note", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="bank_entry_set_aside_says_why",
                    ),
                ],
            },
        ),
    ]
