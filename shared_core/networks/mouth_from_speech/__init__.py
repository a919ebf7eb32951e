"""The small network that turns a voice into mouth curves; plain numpy.

    model.predict(speech, seconds)          curves of a voice, as z-scores (N, 4)
    spread.MouthRange.of(track)             one person's own mean, spread and shape of them
    spread.restore(z, mouth_range)          z-scores to that person's mouth widths
    refit.refit(own_speech, track, ...)     the network, fitted to one shot
    sync.offset_of(speech, track)           how late a sound is against the mouth

Offsets have one sign everywhere: above 0 the sound is late against the mouth, so that the mouth of the
picture at time t is heard at t + offset.
"""
