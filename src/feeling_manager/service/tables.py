"""What every table is made of."""

from typing import Any

import numpy as np
from sqlalchemy import Dialect, LargeBinary, TypeDecorator
from sqlalchemy.orm import DeclarativeBase

OPTIONS: dict[str, Any] = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


class Probabilities(TypeDecorator[tuple[float, ...]]):
    """Eight floats in the order of `labels.EMOTIONS`."""

    impl = LargeBinary(32)
    cache_ok = True

    def process_bind_param(self, value: tuple[float, ...] | None, dialect: Dialect) -> bytes | None:
        return None if value is None else np.asarray(value, dtype="<f4").tobytes()

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> tuple[float, ...] | None:
        return None if value is None else tuple(float(p) for p in np.frombuffer(value, dtype="<f4"))


class Base(DeclarativeBase):
    """Its metadata is whole once `service.models` is imported."""
