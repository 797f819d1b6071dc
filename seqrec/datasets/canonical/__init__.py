"""From parsed rows to canonical columns: ids, times, titles."""
