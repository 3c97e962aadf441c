"""The models by name. One with another reading of a history (`Model.read`) is added here."""

from __future__ import annotations

from typing import Any

from workerlab.models.base import Model
from workerlab.models.bookings import bookings
from workerlab.models.counter import counter
from workerlab.models.register import register
from workerlab.models.setting import settings

MODELS: dict[str, Model[Any]] = {
    model.name: model for model in (counter, register, bookings, settings)
}
