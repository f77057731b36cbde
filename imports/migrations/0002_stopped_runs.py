from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("imports", "0001_runs")]

    operations = [
        migrations.AddField(
            model_name="importrun",
            name="is_stopped",
            field=models.BooleanField(db_default=False, default=False, verbose_name="stopped"),
        ),
    ]
