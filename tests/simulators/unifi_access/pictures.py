"""Small real pictures for thumbnails, captures and avatars."""

import hashlib
import io

from PIL import Image, ImageDraw

SIZE = (320, 180)


def picture(title: str, subtitle: str = "", kind: str = "JPEG") -> bytes:
    """Return a picture that says what it stands for."""
    digest = hashlib.sha256(title.encode()).digest()
    dark = (digest[0] // 3, digest[1] // 3, 64 + digest[2] // 4)
    image = Image.new("RGB", SIZE, dark)
    draw = ImageDraw.Draw(image)
    draw.rectangle((120, 40, 200, 180), fill=(120, 90, 60), outline=(20, 20, 20))
    draw.ellipse((182, 108, 192, 118), fill=(230, 200, 90))
    draw.ellipse((60, 60, 92, 96), fill=(225, 190, 160))
    draw.rectangle((52, 98, 100, 180), fill=(digest[3], digest[4], digest[5]))
    draw.text((8, 6), title, fill=(255, 255, 255))
    draw.text((8, 22), subtitle, fill=(200, 200, 200))
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()
