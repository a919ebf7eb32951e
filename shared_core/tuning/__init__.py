"""Training: the drive's network on a folder of clips. torch is imported inside functions alone.

    drive_data.takes_in(folder, ...)      clips tracked, heard, and kept
    drive_training.train(takes, ...)      the network, its header, its weight file
    drive_judging.judge(takes, ...)       held-out numbers
"""
