"""The drills of sharing in small numbers; their controls and full numbers are in `make drill`."""

from tests.drills.test_sharing import (
    company,
    test_in_any_order_everybody_sees_what_the_model_says,
    test_one_proof_opens_to_one,
    test_pressing_save_twice_does_everything_once,
    test_two_who_save_crosswise_never_lock_each_other_out,
    test_what_is_revoked_is_not_accepted,
    test_who_gives_an_object_up_shares_it_with_nobody,
)

__all__ = [
    "company",
    "test_in_any_order_everybody_sees_what_the_model_says",
    "test_one_proof_opens_to_one",
    "test_pressing_save_twice_does_everything_once",
    "test_two_who_save_crosswise_never_lock_each_other_out",
    "test_what_is_revoked_is_not_accepted",
    "test_who_gives_an_object_up_shares_it_with_nobody",
]
