"""The audit of prepared data before any model is trained on it. Each check is one pure function in one file.

A check turns data into findings. A finding of an error stops the experiment; one that follows from the protocol is
reported.
"""
