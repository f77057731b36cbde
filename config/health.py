"""Is the portal fit to serve: database, migrations, worker."""

from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

WORKER_IS_LATE_AFTER = timedelta(minutes=2)


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers with all migrations applied, else 503; name a silent worker."""
    try:
        executor = MigrationExecutor(connection)
        pending = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        with connection.cursor() as cursor:
            cursor.execute("SELECT max(last_heartbeat) FROM procrastinate_workers")
            heartbeat = cursor.fetchone()[0]
    except DatabaseError:
        return JsonResponse({"database": "unreachable"}, status=503)
    awake = heartbeat is not None and timezone.now() - heartbeat < WORKER_IS_LATE_AFTER
    answer = {"database": "ok", "pending_migrations": pending, "worker": "ok" if awake else "silent"}
    return JsonResponse(answer, status=503 if pending else 200)
