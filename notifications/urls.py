from django.urls import path

from . import views

app_name = "notifications"
urlpatterns = [
    path("letters", views.letters, name="letters"),
    path("letters/off/<str:token>", views.unsubscribe, name="unsubscribe"),
]
