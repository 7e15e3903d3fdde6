"""Small real pictures, as the cameras of devices keep them."""

from functools import lru_cache
import hashlib
import io

from PIL import Image, ImageDraw, ImageFilter

SNAPSHOT_SIZE = (240, 320)
NORMALIZED_SIZE = (250, 250)
MIN_FACE = 224
MAX_SIDE = 4000
MAX_BYTES = 10 * 2**20


@lru_cache(maxsize=64)
def snapshot(title: str, subtitle: str) -> bytes:
    """Return a JPEG of somebody before a device."""
    digest = hashlib.sha256(f"{title} {subtitle}".encode()).digest()
    image = Image.new("RGB", SNAPSHOT_SIZE, (30 + digest[0] // 4, 60, 80))
    draw = ImageDraw.Draw(image)
    skin = (150 + digest[1] // 3, 120 + digest[2] // 4, 100 + digest[3] // 4)
    draw.ellipse((70, 70, 170, 200), fill=skin)
    draw.ellipse((92, 118, 106, 130), fill=(20, 20, 20))
    draw.ellipse((134, 118, 148, 130), fill=(20, 20, 20))
    draw.arc((95, 140, 145, 180), 20, 160, fill=(120, 30, 30), width=4)
    draw.rectangle((40, 210, 200, 320), fill=(digest[4], digest[5], digest[6]))
    draw.text((6, 4), title, fill=(255, 255, 255))
    draw.text((6, 18), subtitle, fill=(220, 220, 220))
    return _jpeg(image)


def normalize(data: bytes) -> bytes:
    """Return a picture of a face as devices want it.

    Raises:
        ValueError: It is no picture, too large or too small.
    """
    if len(data) > MAX_BYTES:
        raise ValueError("the image is larger than 10 MB")
    try:
        image = Image.open(io.BytesIO(data))
        if image.format not in ("JPEG", "PNG"):
            raise ValueError("the image is neither JPG nor PNG")
        image.load()
    except OSError as error:
        raise ValueError("the image cannot be decoded") from error
    if max(image.size) > MAX_SIDE:
        raise ValueError("the image has more than 4000 pixels a side")
    if min(image.size) < MIN_FACE:
        raise ValueError("no face of 224 x 224 pixels in the image")
    colours = image.convert("RGB").filter(ImageFilter.SMOOTH)
    return _jpeg(colours.resize(NORMALIZED_SIZE))


def is_normalized(data: bytes) -> bool:
    """Tell whether a picture has been normalized."""
    try:
        return Image.open(io.BytesIO(data)).size == NORMALIZED_SIZE
    except OSError:
        return False


def _jpeg(image: Image.Image) -> bytes:
    """Return a picture as JPEG."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()
