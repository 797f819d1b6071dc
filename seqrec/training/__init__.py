"""The training engine: device-resident batches, the loop over epochs, early stopping, resume."""
