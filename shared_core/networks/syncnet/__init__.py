"""The lip-sync expert of the paper's Eq. 12, trained here on shifted pairs: does this mouth fit this sound?

Its score is its own. It is never called LSE-C or LSE-D: those need the official weights (lse.py).
"""
