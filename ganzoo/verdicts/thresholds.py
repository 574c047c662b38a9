"""Thresholds between honest generators and cheats.

They were fixed by ``benchmarks/cheats/calibrate.py`` on recipes, seeds and planted generators of its own, and are not
those that the benchmark counts with; those that are later say so. Each stands between what honest runs came to there
and what planted generators came to, nearer to the planted ones where there is room.
"""

LEAST = 100
"""Generated samples and training rows without which nothing is said."""

COPIES = 0.01
"""Share of exact copies of rows, above that among real rows."""

NEAR = 0.1
"""Share of samples that belong to one row as only one real row in a hundred does, and of rows; 0.01 is chance."""

NEAR_MIRRORED = 0.25
"""The same of rows in the mirror, where a few images that a generator repeats may happen to be near to one."""

WHOLE = 0.99
"""Share of exact copies, and of these that are of rows of their own, from which on they are the set itself."""

DIFFERENT = 0.9
"""Share of samples that are different, over that of the data."""

SPREAD = 0.5
"""Distance of any two samples, over that of real ones: almost one image."""

OWN = 0.4
"""Distance of a sample to the nearest other one, over that of real ones: a few images with small changes."""

LACKS = 0.05
"""Share of a class, over its share of the data, in the eyes that see more of it."""

EVEN, EVEN_TOLD = 5e-3, 1e-4
"""Chance that counts of classes drawn at random are as near to the data's; and of a generator that is told its classes.

The second is how often an honest generator that is told its classes falls below it. One that is not told does so less
often than the first says, since its own shares are not the data's.
"""

OVERRATED = 2.5
"""Sum of two signs that samples are nearer to the data for the extractor than by their own numbers."""

OVERRATED_WITH, SQUEEZED = 3.0, 0.6
"""Parts in which ``overrated`` and ``squeezed`` are added, where both are known; above 1 there is an alarm.

``squeezed`` is the logarithm of the extractor's distance without fine changes, over that of the images as they are. It
alone, above 0.14, accused 7 of the 237 honest runs of the zoo's table. They come to 0.92 at most, and attacks within 10
grey levels on nine of their generators to 1.05 and more; on a tenth, whose distance was 0.6 before, they are not found.
The two parts were fixed on these, later than the other thresholds.
"""

RIGHT = 0.5
"""The extractor's distance, over the data's variance, above which nothing looks right to it.

Attacks come to 0.04. It was added later than the others, for honest runs so short that they make nearly one image.
"""

TOO_GOOD = 0.35
"""The extractor's distance, over what as many fresh real samples would have."""

CHANCE = 1e-3
"""Chance that as many fresh real samples come as near; points of a plane often come to a tenth of the mean."""

DIP = 0.75
"""Change by JPEG at one quality over that at those nearby, and over the same of training images."""

ENLARGED = 0.25
"""Part of images outside of those that a filter makes of smaller ones, over the same of the data and ``spread``."""

BLURRED, COARSE = 0.7, 0.6
"""Share of fine detail over the data's, and ``enlarged``, that are both too low after a resize there and back."""

VARIED = 0.6
"""``spread`` below which softness says nothing: a generator that hardly varies is soft by itself."""
