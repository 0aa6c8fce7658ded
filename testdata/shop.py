"""The classes of sample.pkl, the pickle that the README shows first."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


@dataclass
class Customer:
    name: str
    email: str


@dataclass
class Item:
    sku: str
    price: Decimal
    size: tuple


@dataclass
class Order:
    number: int
    customer: Customer
    placed: datetime
    lines: list = field(default_factory=list)
    tags: set = field(default_factory=set)
