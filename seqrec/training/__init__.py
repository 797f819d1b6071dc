"""The training engine: batches gathered on the device, the loop over epochs, early stopping, resuming."""
