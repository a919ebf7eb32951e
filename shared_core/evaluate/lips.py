"""Do the lips do what the driver's lips do?

All functions take canonical landmarks or curves (`alignment`), one row for each plate frame, already
at the same moment of the performance (`timing.at_times`). A frame in which either side is missing
(NaN) is left out. All raise BadInput where no frame is left.
"""

from __future__ import annotations

import numpy as np

from .alignment import Person, need_frames

# Distance of the eyes (centre to centre) on a face about 256 px high.
LMD_EYES_PX = 95.0
CLOSED_MARGIN = 0.03


def lip_error(output: np.ndarray, driver: np.ndarray) -> float:
    """Mean distance of the lip points, output against driver, in % of mouth width.

    100 * mean over frames and points of |output offset - driver offset|. Pose is removed by a
    similarity in xy on the upper face; each offset is from that person's own closed-lip neutral and
    in that person's own mouth width. output, driver: offsets (N, points, 2) by `lip_offsets`.
    """
    difference = output - driver
    finite = need_frames(difference, "lip error")
    return float(100.0 * np.linalg.norm(difference[finite], axis=-1).mean())


def lip_error_ratio(dub: np.ndarray, plate: np.ndarray, driver: np.ndarray) -> float:
    """Lip error of the dub over that of the untouched plate, on the frames that all three have.

    0: the driver's mouth exactly; 1: no nearer to the driver than before. Arguments: offsets
    (N, points, 2) by `lip_offsets`. NaN where the plate already equals the driver.
    """
    finite = need_frames(np.concatenate([dub, plate, driver], axis=1), "lip error ratio")
    before = lip_error(plate[finite], driver[finite])
    return lip_error(dub[finite], driver[finite]) / before if before > 1e-9 else float("nan")


def correlation(output: np.ndarray, driver: np.ndarray) -> float:
    """Pearson's r of two curves (N,). 0 where the output never moves; NaN where the driver never does."""
    finite = need_frames(np.stack([output, driver], axis=1), "correlation", least=3)
    output, driver = output[finite], driver[finite]
    if np.ptp(driver) < 1e-9:
        return float("nan")
    return float(np.corrcoef(output, driver)[0, 1]) if np.ptp(output) > 1e-9 else 0.0


def opening_r(output: np.ndarray, driver: np.ndarray) -> float:
    """Pearson's r of the opening (inner lips' distance, mouth widths), output against driver."""
    return correlation(output, driver)


def width_r(output: np.ndarray, driver: np.ndarray) -> float:
    """Pearson's r of the mouth's width (corner to corner, pose removed), output against driver."""
    return correlation(output, driver)


def opening_gain(output: np.ndarray, driver: np.ndarray) -> float:
    """Slope of the least-squares line output = gain * driver + constant, of the opening (N,).

    1: opens as wide as the driver; below 1: mumbles. A slope, not a ratio of spreads, so that noise
    cannot stand in for motion. NaN where the driver never moves.
    """
    finite = need_frames(np.stack([output, driver], axis=1), "opening gain", least=3)
    output, driver = output[finite], driver[finite]
    spread = ((driver - driver.mean()) ** 2).sum()
    if spread < 1e-12:
        return float("nan")
    return float(((driver - driver.mean()) * (output - output.mean())).sum() / spread)


def closed_frames(driver_opening: np.ndarray, driver_person: Person) -> np.ndarray:
    """Which frames count as closed: driver's opening within 3 % of mouth width of their closed neutral."""
    with np.errstate(invalid="ignore"):
        return driver_opening - driver_person.closed_opening <= CLOSED_MARGIN


def closed_opening(
    output_opening: np.ndarray, driver_opening: np.ndarray, actor: Person, driver: Person
) -> float:
    """How far the mouth stands open where the driver's is closed, in mouth widths.

    Mean over the driver's closed frames (`closed_frames`) of the output's opening minus the
    opening that the same landmark model sees on the actor's own closed mouth. NaN where the driver
    never closes.
    """
    need_frames(np.stack([output_opening, driver_opening], axis=1), "closed opening")
    excess = output_opening[closed_frames(driver_opening, driver)] - actor.closed_opening
    excess = excess[np.isfinite(excess)]
    return float(excess.mean()) if len(excess) else float("nan")


def lmd(output: np.ndarray, driver: np.ndarray, output_person: Person, driver_person: Person) -> float:
    """Landmark distance of the mouths, in px of a face whose eyes are 95 px apart.

    Chen et al. 2018 (Lip movements generation at a glance): centre both mouths on their mean point,
    then mean Euclidean distance over points and frames. As in the virtual-dubber paper the
    dubber's mouth is the truth; since two people have two sizes, each mouth is first freed of pose
    and scaled by its own face (`face_scale`). Unlike the lip error no neutral is taken off, so the
    anatomy of the two mouths counts. Not to be compared across papers. Arguments: canonical (N, K, 2).
    """
    mouths = [
        _centred(points[:, list(person.landmarks.lips)]) * face_scale(person)
        for points, person in ((output, output_person), (driver, driver_person))
    ]
    difference = mouths[0] - mouths[1]
    finite = need_frames(difference, "landmark distance")
    return float(np.linalg.norm(difference[finite], axis=-1).mean())


def face_scale(person: Person) -> float:
    """Pixels a mouth width where the eyes are 95 px apart: the jaw and the hair line are less certain."""
    left, right = (person.neutral[list(eye)].mean(axis=0) for eye in person.landmarks.eyes)
    return LMD_EYES_PX / float(np.hypot(*(right - left)))


def _centred(mouth: np.ndarray) -> np.ndarray:
    return mouth - mouth.mean(axis=1, keepdims=True)
