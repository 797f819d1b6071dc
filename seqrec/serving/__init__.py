"""Answers in original ids: what a fitted model recommends to people, with titles, reasons and a declared fallback."""
