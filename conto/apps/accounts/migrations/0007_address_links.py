import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# As links to passwords: kept, for they tell who took which address and when.
GRANTS = "GRANT SELECT, INSERT, UPDATE ON accounts_addresslink TO conto_app"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_second_step_roles"),
    ]

    operations = [
        migrations.CreateModel(
            name="AddressLink",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("email", models.EmailField(max_length=254)),
                ("token_sha256", models.BinaryField(max_length=32, unique=True)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("member",),
                        name="address_link_open_once",
                    )
                ],
            },
        ),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]
