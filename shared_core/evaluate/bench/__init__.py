"""Time and memory of the pipeline, as ratios within one run. `dub bench` prints them."""
