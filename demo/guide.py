"""What the demonstration's companies answer to their own people, beside what everybody is answered."""

from demo.places import AUKSTUMA, PAJURIS
from guide.models import Question, Topic
from properties.models import ManagingCompany

# Of a company: the topic by its place among all, question and answer in Lithuanian and English.
_QUESTIONS = (
    (
        PAJURIS,
        4,
        "Ar galima sąskaitą apmokėti grynaisiais?",
        "Taip. Kasa veikia įmonės biure pirmadieniais–ketvirtadieniais 9–17 val., pietų pertrauka 12–13 val. Turėkite "
        "mokėtojo kodą.",
        "May I pay an invoice in cash?",
        "Yes. The cash desk is in the company's office, Monday to Thursday from 9 to 17, closed from 12 to 13. Have "
        "your payer code with you.",
    ),
    (
        PAJURIS,
        6,
        "Kada kieme renkamos stambios atliekos?",
        "Kiekvieno mėnesio pirmąjį šeštadienį. Išneškite jas prie konteinerių aikštelės išvakarėse po 18 val.",
        "When is bulky waste collected?",
        "On the first Saturday of each month. Bring it to the containers the evening before, after 18.",
    ),
    (
        AUKSTUMA,
        5,
        "Kam teikti skaitiklių rodmenis?",
        "Rodmenis telefonu priima klientų aptarnavimas nuo mėnesio 25 iki 28 dienos. Savitarnoje jų nepriimame.",
        "To whom do I give meter readings?",
        "Customer care takes them by phone from the 25th to the 28th of the month. We do not take them here.",
    ),
)


def load() -> None:
    """Write the companies' own answers, each once; nothing where the topics were deleted."""
    topics = list(Topic.objects.all())
    for company, place, question, answer, question_en, answer_en in _QUESTIONS:
        if place > len(topics):
            continue
        Question.objects.get_or_create(
            managing_company=ManagingCompany.objects.get(company_code=company.code),
            question=question,
            defaults={
                "topic": topics[place - 1],
                "answer": answer,
                "question_en": question_en,
                "answer_en": answer_en,
                "position": 200,
            },
        )
