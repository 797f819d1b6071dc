"""One Prefect task per verb: open refs, call the domain, store, return a ref.

The rule of this layer: a task holds no science and no order of work. Only small frozen refs come in and go out,
never a frame, a tensor or a model.
"""
