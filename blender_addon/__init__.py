"""Dubnodes in Blender's compositor: native node groups over frames that the core bakes.

Nothing here computes a picture. The core runs in a process of its own (client), what an artist
tweaks live is native nodes over the baked passes (assets), and what a knob is stands in
operators.json (spec). `spec` and `client` are copied in when the extension is built.
"""


def register() -> None:
    from . import registration

    registration.register()


def unregister() -> None:
    from . import registration

    registration.unregister()
