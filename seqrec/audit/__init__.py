"""The audit of prepared data before anything is trained on it: one check, one file, one pure function.

A check turns data into findings. What is wrong stops an experiment; what a protocol brings with it is said.
"""
