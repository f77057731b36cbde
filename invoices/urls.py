from django.urls import path

from . import paper_views, pay_views, receipt_views, views

app_name = "invoices"
urlpatterns = [
    path("invoices", views.invoice_list, name="list"),
    path("invoices/pay", pay_views.pay, name="pay"),
    path("invoices/payments", receipt_views.payments, name="payments"),
    path("invoices/<int:pk>", views.detail, name="detail"),
    path("invoices/<int:pk>/pdf", paper_views.pdf, name="pdf"),
]
