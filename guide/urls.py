from django.urls import path

from . import views

app_name = "guide"
urlpatterns = [
    path("help", views.faq, name="faq"),
    path("accessibility", views.accessibility, name="accessibility"),
]
