from decimal import Decimal

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("invoices", "0005_returned_invoices"),
        ("properties", "0006_list_in_order_of_codes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Order",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=20, unique=True, verbose_name="order")),
                ("provider", models.CharField(max_length=20, verbose_name="provider")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="amount")),
                ("is_test", models.BooleanField(default=False, verbose_name="trial")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("started", "Started"),
                            ("received", "Received, not yet posted"),
                            ("posted", "Posted"),
                            ("failed", "Not paid"),
                            ("needs_review", "Needs review"),
                        ],
                        default="started",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("amount", "the provider says another sum"),
                            ("currency", "the provider says another currency"),
                            ("test", "a trial payment, or a real one where a trial was ordered"),
                            ("refunded", "the provider paid the money back"),
                            (
                                "posted_otherwise",
                                "the accounting posted another sum or to another payment book",
                            ),
                        ],
                        max_length=20,
                        verbose_name="why it needs review",
                    ),
                ),
                ("said", models.CharField(blank=True, max_length=100, verbose_name="what the provider said")),
                (
                    "provider_reference",
                    models.CharField(blank=True, max_length=40, verbose_name="the provider's number"),
                ),
                ("started_at", models.DateTimeField(verbose_name="started")),
                ("received_at", models.DateTimeField(blank=True, null=True, verbose_name="received")),
                ("changed_at", models.DateTimeField(verbose_name="changed")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
            ],
            options={
                "verbose_name": "payment order",
                "verbose_name_plural": "payment orders",
                "ordering": ["-started_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="OrderPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="amount")),
                ("counted_on", models.DateField(blank=True, null=True, verbose_name="counted since")),
            ],
            options={
                "verbose_name": "part of a payment order",
                "verbose_name_plural": "parts of a payment order",
                "ordering": ["id"],
            },
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("order_id", ""), _negated=True),
                fields=["managing_company", "order_id"],
                name="payments_of_an_order",
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="managing_company",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="properties.managingcompany",
                verbose_name="managing company",
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="person",
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="settled_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="settled by",
            ),
        ),
        migrations.AddField(
            model_name="orderpart",
            name="order",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="parts",
                to="invoices.order",
            ),
        ),
        migrations.AddField(
            model_name="orderpart",
            name="payment_book",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="properties.paymentbook",
                verbose_name="payment book",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["managing_company", "-started_at", "-id"], name="orders_of_a_company"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("state", "started")),
                fields=["started_at"],
                name="orders_without_an_answer",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("state", "needs_review")),
                fields=["managing_company", "-started_at", "-id"],
                name="orders_that_need_review",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0), ("amount__lt", Decimal("10000000000"))),
                name="order_amount_is_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "needs_review"), models.Q(("reason", ""), _negated=True)),
                    models.Q(models.Q(("state", "needs_review"), _negated=True), ("reason", "")),
                    _connector="OR",
                ),
                name="order_needs_review_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "received"), _negated=True),
                    ("received_at__isnull", False),
                    _connector="OR",
                ),
                name="received_order_says_since_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("settled_by__isnull", True), models.Q(("note", ""), _negated=True), _connector="OR"
                ),
                name="order_settled_by_staff_says_why",
            ),
        ),
        migrations.AddIndex(
            model_name="orderpart",
            index=models.Index(
                condition=models.Q(("counted_on__isnull", False)),
                fields=["payment_book"],
                name="parts_that_count_as_paid",
            ),
        ),
        migrations.AddIndex(
            model_name="orderpart",
            index=models.Index(fields=["payment_book", "order"], name="orders_of_a_book"),
        ),
        migrations.AddConstraint(
            model_name="orderpart",
            constraint=models.UniqueConstraint(
                fields=("order", "payment_book"), name="one_part_per_book_of_an_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="orderpart",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0), ("amount__lt", Decimal("10000000000"))),
                name="part_of_an_order_is_positive",
            ),
        ),
    ]
