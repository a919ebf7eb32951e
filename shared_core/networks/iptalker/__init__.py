"""IPTalker: a face moved to a voice by motion warping and inpainting.

Reference: Liu et al., "Identity-Preserving Video Dubbing Using Motion Warping" (the paper whose equations
the modules name). What the paper leaves open, and what was chosen: docs/decisions/0009.
"""
