"""One encoded image as pixels: nothing that declares more than an image has is decoded."""

from io import BytesIO

import numpy as np

LONGEST_SIDE = 4096
"""Pixels: beyond it a file of a few bytes may ask for gigabytes, and no network here takes it."""

GREY, COLOUR = ("1", "L"), ("P", "PA", "LA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV")
"""Modes of 8 bits a channel: what has more would be clipped without a word."""


def declared(encoded: bytes) -> tuple[int, int, int]:
    """Height, width and channels (1 or 3) that an image declares, without decoding it.

    Raises `ValueError`, the end of a sentence, where that is no image that can be used.
    """
    from PIL import Image

    try:
        with Image.open(BytesIO(encoded)) as image:
            (width, height), mode = image.size, image.mode
    except Exception as error:  # the readers of its many formats raise what they like
        raise ValueError(f"cannot be decoded: {_reason(error)}") from error
    if max(width, height) > LONGEST_SIDE:
        raise ValueError(
            f"declares {width} x {height} pixels; at most {LONGEST_SIDE} x {LONGEST_SIDE} are read"
        )
    if mode not in GREY + COLOUR:
        raise ValueError(f"has mode {mode!r}; images have 8 bits a channel, grey or colour")
    return height, width, 1 if mode in GREY else 3


def pixels(encoded: bytes) -> np.ndarray:
    """uint8 (height, width, channels) of an image that `declared` has let pass.

    Raises `ValueError` as that does.
    """
    from PIL import Image

    try:
        with Image.open(BytesIO(encoded)) as image:
            grey = image.mode in GREY
            found = np.asarray(image.convert("L" if grey else "RGB"))
    except Exception as error:
        raise ValueError(f"cannot be decoded: {_reason(error)}") from error
    return found[:, :, None] if grey else found


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())
    # the name of the stream in memory says nothing to anybody
    return "it is no image of a known kind" if "BytesIO" in text or not text else text
