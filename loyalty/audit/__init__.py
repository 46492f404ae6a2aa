"""Audit: what members hold and have reached, recomputed from their entries and activities."""

from loyalty.audit.report import Report, Violation
from loyalty.audit.service import verify

__all__ = ["Report", "Violation", "verify"]
