from django.urls import path

from . import views

app_name = "sharing"
urlpatterns = [path("client-information", views.client_information, name="client_information")]
