from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("invoices", "0004_bank_entries")]

    operations = [
        migrations.AddField(
            model_name="invoice",
            name="returned_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="returned"),
        ),
        migrations.AddField(
            model_name="invoice",
            name="return_reason",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=500, verbose_name="what is wrong with it"
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=Q(returned_at__isnull=True, return_reason="")
                | (Q(returned_at__isnull=False, is_held=True) & ~Q(return_reason="")),
                name="only_a_held_invoice_is_returned_and_with_a_reason",
            ),
        ),
    ]
