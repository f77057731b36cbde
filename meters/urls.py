from django.urls import path

from . import history_views, views

app_name = "meters"
urlpatterns = [
    path("meters", views.declare, name="declare"),
    path("meters/cases/<int:pk>/photo", views.case_photo, name="case_photo"),
    path("meters/history", history_views.history, name="history"),
    path("meters/history.csv", history_views.history_csv, name="history_csv"),
    path("meters/history.xlsx", history_views.history_xlsx, name="history_xlsx"),
]
