"""A claim that opened nothing, as its person sees it: an activation code may prove it, or the staff be asked."""

from dataclasses import dataclass

from . import linking
from .forms import ActivationForm
from .models import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingClaim:
    """One claim with its form."""

    pk: int
    company: str
    payer_code: str
    answer: str
    is_requested: bool
    form: ActivationForm


def shown(*, claim: Claim, form: ActivationForm | None = None) -> WaitingClaim:
    """Return a claim that `waiting_for` read as it is shown, with an empty form unless one was sent."""
    return WaitingClaim(
        pk=claim.pk,
        company=claim.managing_company.name,
        payer_code=claim.payer_code,
        answer=linking.neutral_answer(),
        is_requested=claim.is_requested,
        form=form or ActivationForm(auto_id=f"id_claim{claim.pk}_%s"),
    )
