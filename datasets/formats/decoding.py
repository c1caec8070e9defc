"""One encoded image as pixels: nothing that declares more than an image has is decoded."""

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image

LONGEST_SIDE = 4096
"""Pixels: beyond it a file of a few bytes may ask for gigabytes, and no network here takes it."""

GREY, COLOUR = ("1", "L", "LA"), ("P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV")
"""Modes of 8 bits a channel."""

DEEP = ("I;16", "I;16B", "I;16L", "I;16N", "I")
"""Modes of grey with 16 bits; what has more levels than these is told by its pixels."""

GREATEST_DEEP = 2**16 - 1


@dataclass(frozen=True)
class ImageForm:
    """What an image declares: all those of a data set declare the same."""

    height: int
    width: int
    channels: int
    bits: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels."""
        return self.height, self.width, self.channels

    def __str__(self) -> str:
        deep = " of 16 bits" if self.bits == 16 else ""
        return (
            f"{self.width} x {self.height} pixels in {'grey' if self.channels == 1 else 'colour'}"
            f"{deep}"
        )


def declared(encoded: bytes) -> ImageForm:
    """What an image declares, without decoding it: 1 or 3 channels of 8 bits, or one of 16.

    Raises `ValueError`, the end of a sentence, where that is no image that can be used.
    """
    from PIL import Image

    try:
        with Image.open(BytesIO(encoded)) as image:
            (width, height), mode = image.size, image.mode
            frames = getattr(image, "n_frames", 1) if image.format != "MPO" else 1
            cut = _loses_bits(image)
    except Exception as error:  # the readers of its many formats raise what they like
        raise ValueError(f"cannot be decoded: {_reason(error)}") from error
    if max(width, height) > LONGEST_SIDE:
        raise ValueError(
            f"declares {width} x {height} pixels; at most {LONGEST_SIDE} x {LONGEST_SIDE} are read"
        )
    if mode not in GREY + COLOUR + DEEP:
        raise ValueError(f"has mode {mode!r}; images have 8 bits a channel, or 16 in grey")
    if cut:
        raise ValueError("has 16 bits a channel in colour or beside an alpha, where 8 are read")
    if frames > 1:
        raise ValueError(f"has {frames} frames, where an image is one")
    return ImageForm(height, width, 3 if mode in COLOUR else 1, 16 if mode in DEEP else 8)


def pixels(encoded: bytes) -> np.ndarray:
    """(height, width, channels) of an image that `declared` has let pass: uint8, or int32 for 16.

    Raises `ValueError` as that does, and where pixels are transparent or have too many levels.
    """
    from PIL import Image

    try:
        with Image.open(BytesIO(encoded)) as image:
            deep, grey = image.mode in DEEP, image.mode in GREY
            seen_through = not deep and _is_seen_through(image)
            found = np.asarray(image if deep else image.convert("L" if grey else "RGB"))
    except Exception as error:
        raise ValueError(f"cannot be decoded: {_reason(error)}") from error
    if seen_through:
        raise ValueError("is transparent in places, and nothing says what stands behind it")
    low, high = int(found.min()), int(found.max())
    if low < 0 or high > GREATEST_DEEP:
        raise ValueError(f"has levels from {low} to {high}; 0 to {GREATEST_DEEP} are read")
    found = found.astype(np.int32) if deep else found
    return found[:, :, None] if deep or grey else found


def _loses_bits(image: "Image") -> bool:
    """Whether Pillow reads 8 of the 16 bits that a colour image has, as it does without a word."""
    if image.mode in DEEP:
        return False
    tiles = getattr(image, "tile", ())
    return any(
        ";16" in str(args) or (codec.startswith("ppm") and args[-1] > 255)
        for codec, _, _, args in tiles
    )


def _is_seen_through(image: "Image") -> bool:
    if image.mode not in ("LA", "PA", "RGBA") and "transparency" not in image.info:
        return False
    return np.asarray(image.convert("RGBA"))[:, :, 3].min() < 255


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())
    # the name of the stream in memory says nothing to anybody
    return "it is no image of a known kind" if "BytesIO" in text or not text else text
