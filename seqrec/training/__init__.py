"""The training engine: device-resident batches, the loop that yields epoch reports, early stopping, resume."""
