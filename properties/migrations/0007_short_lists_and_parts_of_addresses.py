import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("properties", "0006_list_in_order_of_codes"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="building",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass("address_key", "gin_trgm_ops"),
                name="building_by_parts_of_words",
            ),
        ),
        migrations.AddIndex(
            model_name="access",
            index=models.Index(
                condition=models.Q(("frozen_at__isnull", False)),
                fields=["payment_book"],
                name="frozen_accesses",
            ),
        ),
        migrations.AddIndex(
            model_name="access",
            index=models.Index(
                condition=models.Q(("ends_at__isnull", False)),
                fields=["payment_book"],
                name="ended_accesses",
            ),
        ),
    ]
