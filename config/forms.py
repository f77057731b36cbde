"""How every form field of the portal is drawn: one template, `components/field.html`."""

from django.forms.renderers import TemplatesSetting


class PortalRenderer(TemplatesSetting):
    field_template_name = "components/field.html"
