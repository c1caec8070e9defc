"""Scikit-learn's handwritten digits: the data set that needs neither disk nor network."""

import numpy as np
import torch

from ..errors import require
from .base import Dataset, Images, dataset


def digits() -> Dataset:
    """The 1,797 digits of 8 x 8 pixels that scikit-learn embeds: 1,442 to train, 355 to test.

    Every fifth image of each class, in scikit-learn's order, is a test image: stratified, and
    the same on every machine and version, since no random numbers are drawn. The levels 0 to 16
    become 0 to 255.
    """
    require("run", "sklearn")
    from sklearn.datasets import load_digits  # a second to import: only where it is used

    levels, targets = map(np.asarray, load_digits(return_X_y=True))
    pixels = np.rint(levels * (255 / 16)).astype(np.uint8).reshape(-1, 1, 8, 8)
    images, labels = torch.from_numpy(pixels), torch.from_numpy(targets.astype(np.int64))
    test = torch.zeros(len(labels), dtype=torch.bool)
    for label in range(10):
        test[torch.nonzero(labels == label).flatten()[4::5]] = True
    train = Images(images[~test], labels[~test])
    return dataset("digits", train, Images(images[test], labels[test]))
