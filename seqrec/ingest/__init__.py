"""The truth about a dump: what was read, what was set aside, and what to know before believing numbers made of it."""
