"""Configurations: their base class, their validation, and everything that is said about them to users."""

from seqrec.config.base import Config, Listed, Share, Slug, members, name_of, union

__all__ = ["Config", "Listed", "Share", "Slug", "members", "name_of", "union"]
