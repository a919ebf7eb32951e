"""Which landmark is what: index lists over MediaPipe's 478 points, standing once for everybody.

Left and right are the picture's, for an unmirrored face that looks at the camera: the loops begin
at the left of the picture (the person's right) or at the top, and run clockwise as seen on screen
(y down). Points 0 to 467 are the mesh, 468 to 477 the two irises. Source: MediaPipe's published
connections (lips, oval, tesselation) and its canonical face model, whose upright y (in cm, towards
the brow) divides the upper from the lower face.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np

# Lips: corner 61, over the upper lip to corner 291, back below the lower lip. Inner and outer
# loops run together: LIPS_INNER[i] lies opposite LIPS_OUTER[i] across the lip's red.
LIPS_OUTER = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146)
LIPS_INNER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95)
MOUTH_CORNERS = (61, 291)

# Upper and lower inner lip, centre and its neighbours, in pairs: their distance is the opening.
INNER_PAIRS = ((82, 87), (13, 14), (312, 317))

# The whole outline: from the middle of the hair line (10) clockwise; the chin (152) is half way.
FACE_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)

# The oval below the ears, an open line from left to right through the chin.
JAW = (132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361)
CHIN = (149, 176, 148, 152, 377, 400, 378)

# Under the nose, left to right: foot of one wing, columella, foot of the other; 2 is the subnasale.
NOSE_BASE = (98, 97, 2, 326, 327)

# At the height of the cheekbones, under the lower lids, left to right: the higher upper edge.
BELOW_EYES = (227, 116, 117, 118, 119, 120, 121, 128, 357, 350, 349, 348, 347, 346, 345, 447)

# What a pose is fitted to: eye corners, bridge and ridge of the nose, between the brows, forehead,
# cheekbones. No brows and lids, which move, and no temples: they lie so far behind the mouth that
# a turn of the head displaces it (measured on seven clips: with temples and brows the mouth drifts
# by .041 and .063 of its width in x and y, with this set by .017 and .044; trembling .37 % and .55 %
# against .23 % and .41 %).
UPPER_FACE = (
    33, 133, 362, 263,
    168, 6, 197, 195, 5, 122, 351, 196, 419, 193, 417,
    8, 9, 151, 10, 109, 338, 67, 297,
    118, 119, 347, 348,
)

# All mesh points at or below the nose's base (canonical y <= -1.70 cm): the lower-half set whose
# convex hull is IPTalker's mask (fig. 4).
LOWER_FACE = (
    0, 2, 11, 12, 13, 14, 15, 16, 17, 18, 32, 37, 38, 39, 40, 41, 42, 43, 57, 58, 61, 62, 72, 73, 74,
    76, 77, 78, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 94, 95, 96, 97, 98, 99, 106, 132,
    135, 136, 138, 140, 146, 147, 148, 149, 150, 152, 164, 165, 167, 169, 170, 171, 172, 175, 176, 177,
    178, 179, 180, 181, 182, 183, 184, 185, 186, 187, 191, 192, 194, 199, 200, 201, 202, 204, 206, 207,
    208, 210, 211, 212, 213, 214, 215, 216, 262, 267, 268, 269, 270, 271, 272, 273, 287, 288, 291, 292,
    302, 303, 304, 306, 307, 308, 310, 311, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 322, 324,
    325, 326, 327, 328, 335, 361, 364, 365, 367, 369, 375, 376, 377, 378, 379, 391, 393, 394, 395, 396,
    397, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 415, 416, 418, 421, 422, 424, 426,
    427, 428, 430, 431, 432, 433, 434, 435, 436,
)

# Lips and the skin around them, away from outline and mouth opening: what a hand would cover.
# Canonical y <= -2.6 cm, |x| < 5.2 cm.
AROUND_MOUTH = (
    0, 11, 12, 15, 16, 17, 18, 32, 37, 38, 39, 40, 41, 42, 43, 57, 61, 62, 72, 73, 74, 76, 77, 83, 84,
    85, 86, 89, 90, 91, 92, 96, 106, 135, 140, 146, 165, 169, 170, 171, 175, 179, 180, 181, 182, 183,
    184, 185, 186, 194, 199, 200, 201, 202, 204, 207, 208, 210, 211, 212, 214, 216, 262, 267, 268, 269,
    270, 271, 272, 273, 287, 291, 292, 302, 303, 304, 306, 307, 313, 314, 315, 316, 319, 320, 321, 322,
    325, 335, 364, 369, 375, 391, 394, 395, 396, 403, 404, 405, 406, 407, 408, 409, 410, 418, 421, 422,
    424, 427, 428, 430, 431, 432, 434, 436,
)

# Cheeks beside the nose: how the face is lit at this moment. Canonical |y| about 0, 1.5 < |x| < 5.5 cm.
CHEEKS = (
    36, 47, 48, 49, 50, 100, 101, 102, 117, 118, 119, 120, 121, 126, 129, 142, 209, 229, 230, 266, 277,
    278, 279, 280, 329, 330, 331, 346, 347, 348, 349, 350, 355, 358, 371, 429, 449, 450,
)

# Corners of the eyes, to tell which way is up: (left, right) of the picture.
EYE_CORNERS = ((33, 133), (362, 263))

# Between the two inner lip lines; the tesselation leaves the mouth open. Wound like the tesselation:
# counter-clockwise on screen. LIPS_INNER[-i] lies below LIPS_INNER[i].
MOUTH_TRIANGLES = (
    (LIPS_INNER[0], LIPS_INNER[-1], LIPS_INNER[1]),
    *(
        triangle
        for i in range(1, 9)
        for triangle in (
            (LIPS_INNER[i], LIPS_INNER[-i], LIPS_INNER[-i - 1]),
            (LIPS_INNER[i], LIPS_INNER[-i - 1], LIPS_INNER[i + 1]),
        )
    ),
    (LIPS_INNER[9], LIPS_INNER[11], LIPS_INNER[10]),
)


@cache
def tesselation() -> np.ndarray:
    """MediaPipe's mesh of the face: int32 (852, 3), read-only; eyes and mouth are holes."""
    triangles = np.array(json.loads((Path(__file__).parent / "tesselation.json").read_text()), np.int32)
    triangles.flags.writeable = False
    return triangles


@cache
def mirror() -> np.ndarray:
    """For each landmark the one across the face's middle: int32 (478,), read-only; its own inverse."""
    opposite = np.array(json.loads((Path(__file__).parent / "mirror.json").read_text()), np.int32)
    opposite.flags.writeable = False
    return opposite
