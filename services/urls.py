from django.urls import path

from . import request_views, views

app_name = "services"
urlpatterns = [
    path("services", views.services, name="list"),
    path("services/order/<int:item>", views.order, name="order"),
    path("services/fault", views.fault, name="fault"),
    path("services/requests/<int:pk>", request_views.detail, name="request"),
    path("services/requests/<int:pk>/write", request_views.write, name="write"),
    path("services/requests/<int:pk>/cancel", request_views.cancel, name="cancel"),
    path("services/requests/<int:pk>/time", request_views.change_time, name="change_time"),
    path("services/requests/<int:pk>/reopen", request_views.reopen, name="reopen"),
    path("services/photos/<int:pk>", request_views.photo, name="photo"),
    path("contact", views.contact, name="contact"),
]
