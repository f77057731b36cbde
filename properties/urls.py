from django.urls import path, re_path

from . import views

app_name = "properties"
urlpatterns = [
    path("claims/<int:pk>", views.claim, name="claim"),
    path("claims/<int:pk>/request", views.send_request, name="send_request"),
    path("claims/<int:pk>/dismiss", views.dismiss, name="dismiss"),
    re_path(r"^not-me/(?P<token>[-\w]{43})$", views.not_me, name="not_me"),
]
