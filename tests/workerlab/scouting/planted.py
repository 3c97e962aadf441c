"""What was planted in the apps here, and what cannot be asked of them."""

from __future__ import annotations

RACES = {
    "library": {
        "POST /books/{book_id}/borrow",
        "PATCH /books/{book_id}",
        "POST /members",
        "POST /members/{member_id}/fines",
        "POST /reservations/{reservation_id}/confirm",
    },
    "club": {
        "POST /rooms/{room}/enter",
        "POST /polls/{poll_id}/votes",
        "POST /accounts/{account_id}/deposit",
        "POST /transfers",
        "POST /coupons/{code}/redeem",
    },
    "shop": {"POST /orders", "POST /readers"},
}
"""Operations that race with themselves; a pair of others races only if one of these is in it."""
NOT_ASKED = {"club": {"POST /letters", "POST /admin/close"}, "library": set(), "shop": set()}
