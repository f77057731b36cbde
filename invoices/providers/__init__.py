"""Payment providers: which one a company takes payments through."""

from properties.models import ManagingCompany

from . import fake, paysera
from .protocol import Provider

# A real one goes before the one for trying out.
_ALL: tuple[Provider, ...] = (paysera, fake)


def provider_of(company: ManagingCompany) -> Provider | None:
    """Return the provider to offer for this company; nothing where it has none, and bank details do."""
    return next((provider for provider in _ALL if provider.serves(company)), None)


def provider_named(name: str) -> Provider | None:
    """Return a provider by its name in addresses and orders."""
    return next((provider for provider in _ALL if name == provider.NAME), None)
