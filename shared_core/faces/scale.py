"""How large a face is in its frame, from that frame's landmarks alone."""

from __future__ import annotations

import numpy as np

# On an average face the neutral mouth is .56 of the outer eye corners' distance and .40 of the way
# from the nose's root to the chin; the second holds in profile, where the first shrinks.
_EYES, _HEIGHT = (33, 263, 0.56), (168, 152, 0.40)


def mouth_width_px(landmarks: np.ndarray) -> float:
    """The width, px, that a neutral mouth would have on this face (478, 2 or more), px."""
    spans = (share * np.linalg.norm(landmarks[a, :2] - landmarks[b, :2]) for a, b, share in (_EYES, _HEIGHT))
    return float(max(spans))
