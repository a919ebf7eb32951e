"""The one place where Flow becomes `dub_flow` and `dub_st`, and back.

Flow in memory is backward, in pixels, y down: `out(p) = source(p + flow(p))`, pixel centres at
+0.5. In files, for a display window (X, Y, W, H) and the pixel (x, y):

    dub_flow.red, .green   flow_x, -flow_y      pixels, y up, the destination pulls (IDistort)
    dub_st.red             (x + .5 + flow_x - X) / W
    dub_st.green       1 - (y + .5 + flow_y - Y) / H      0 to 1, origin bottom left (STMap, Map UV)
    .blue, of both         confidence, 0 to 1

ST is measured in the window of the picture that is pulled from, which for a reference frame is the
reference's own.
"""

from __future__ import annotations

import numpy as np

from shared_core.values import Flow, Window


def flow_to_file(flow: Flow) -> np.ndarray:
    """The three channels of `dub_flow` for a flow: float32 (height, width, 3)."""
    vectors = flow.vectors * np.array([1.0, -1.0], np.float32)
    return np.dstack((vectors, flow.confidence)).astype(np.float32, copy=False)


def file_to_flow(channels: np.ndarray, window: Window) -> Flow:
    """The flow of `dub_flow`'s channels (height, width, 2 or 3) over `window`; no third means 1."""
    channels = np.asarray(channels, np.float32)
    vectors = channels[..., :2] * np.array([1.0, -1.0], np.float32)
    return Flow(np.ascontiguousarray(vectors), _confidence(channels), window)


def flow_to_st(flow: Flow, display: Window) -> np.ndarray:
    """The three channels of `dub_st` for a flow: float32 (height, width, 3). display: the source's."""
    source = pixel_centres(flow.window) + flow.vectors.astype(np.float64)
    across = (source[..., 0] - display.x) / display.width
    up = 1.0 - (source[..., 1] - display.y) / display.height
    return np.dstack((across, up, flow.confidence)).astype(np.float32)


def st_to_flow(channels: np.ndarray, window: Window, display: Window) -> Flow:
    """The flow of `dub_st`'s channels (height, width, 2 or 3) over `window`. display: the source's."""
    channels = np.asarray(channels, np.float32)
    across = channels[..., 0].astype(np.float64) * display.width + display.x
    down = (1.0 - channels[..., 1].astype(np.float64)) * display.height + display.y
    vectors = np.dstack((across, down)) - pixel_centres(window)
    return Flow(vectors.astype(np.float32), _confidence(channels), window)


def pixel_centres(window: Window) -> np.ndarray:
    """x and y of every pixel's centre in `window`: float64 (height, width, 2)."""
    across = np.arange(window.x, window.right) + 0.5
    down = np.arange(window.y, window.bottom) + 0.5
    return np.stack(np.meshgrid(across, down), axis=-1)


def _confidence(channels: np.ndarray) -> np.ndarray:
    if channels.shape[2] > 2:
        return np.ascontiguousarray(channels[..., 2])
    return np.ones(channels.shape[:2], np.float32)
