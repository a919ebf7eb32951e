"""Judging a dub: metrics, pictures to look at, and the report.

Nothing here uses the code that made the dub, other than to open media: a metric that shared its
canonical space with the drive would grade the drive by itself.
"""
