import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("properties", "0007_short_lists_and_parts_of_addresses"),
        ("sharing", "0001_offers_and_drafts"),
    ]

    operations = [
        migrations.AddField(
            model_name="offer",
            name="managing_company",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="properties.managingcompany",
                verbose_name="managing company",
            ),
        ),
        # The key is asked at once: a table that waits to be asked cannot be altered.
        migrations.RunSQL(
            """
            SET CONSTRAINTS ALL IMMEDIATE;
            UPDATE sharing_offer o SET managing_company_id = b.managing_company_id
            FROM properties_access a JOIN properties_paymentbook b ON b.id = a.payment_book_id
            WHERE a.id = o.granted_by_id
            """,
            migrations.RunSQL.noop,
        ),
        migrations.AlterField(
            model_name="offer",
            name="managing_company",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="properties.managingcompany",
                verbose_name="managing company",
            ),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(fields=["managing_company", "-offered_at", "-id"], name="offers_of_a_company"),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(
                condition=models.Q(("answer", "")),
                fields=["managing_company", "-offered_at", "-id"],
                name="waiting_offers_of_a_company",
            ),
        ),
    ]
