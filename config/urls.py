"""Every address of the portal."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from config import health, mail

urlpatterns = [
    path("", include("home.urls")),
    path("", include("accounts.urls")),
    path("", include("properties.urls")),
    path("", include("invoices.urls")),
    path("", include("sharing.urls")),
    path("", include("meters.urls")),
    path("", include("noticeboard.urls")),
    path("", include("services.urls")),
    path("", include("voting.urls")),
    path("", include("guide.urls")),
    path("", include("notifications.urls")),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
]
if settings.DEBUG:
    urlpatterns += [
        path("dev/mail/", mail.mail_list, name="dev_mail"),
        path("dev/mail/<str:name>", mail.mail_letter, name="dev_letter"),
    ]

handler400 = "config.errors.bad_request"
handler404 = "config.errors.not_found"
handler429 = "config.errors.too_many_requests"
handler500 = "config.errors.server_error"
