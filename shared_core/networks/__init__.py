"""Networks: one folder each, which knows its checkpoint's layout.

What runs by default runs in numpy; torch is imported inside functions alone, where a network needs it.
"""
