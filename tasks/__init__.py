"""One Prefect task per verb: it opens refs, calls the domain, stores the result and returns a ref.

The rule of this layer: a task contains no science and no order of work. It takes and returns only small frozen refs,
never a frame, a tensor or a model.
"""
