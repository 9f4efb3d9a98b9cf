"""Draws the brand images: a house that fills like a battery, one half hour upon another, under a moon.

The drawing is our own and holds nobody's mark. It follows from this file alone, so that a test can tell whether the
images in the repository are the ones drawn here. Lengths are in units of a 512-unit square; y points down.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from PIL import Image, ImageDraw

type Point = tuple[float, float]
type Colour = tuple[int, int, int]

BRAND = Path(__file__).parents[1] / "custom_components" / "octopus_powerwall" / "brand"
SIZES = {"icon.png": 256, "icon@2x.png": 512}

UNITS = 512
SCALE = 4  # drawn this much larger than the largest image, then averaged down: that smooths the edges

SKY_TOP: Colour = (24, 104, 118)
SKY_BOTTOM: Colour = (8, 44, 58)
WALL: Colour = (244, 251, 249)
ROOM: Colour = (9, 50, 63)
STORED: Colour = (52, 211, 153)
BOLT: Colour = (255, 255, 255)
MOON: Colour = (255, 205, 86)

TILE_RADIUS = 112
HOUSE = ((256, 92), (444, 250), (444, 444), (68, 444), (68, 250))
INSIDE = ((256, 134), (412, 265), (412, 412), (100, 412), (100, 265))
LEVELS = ((358, 396), (306, 344), (254, 292))
LEVEL_LEFT, LEVEL_RIGHT = 116, 396
FLASH = ((286, 184), (176, 312), (242, 312), (224, 398), (336, 268), (270, 268))
FLASH_GAP = 14
MOON_CENTRE, MOON_RADIUS = (408, 112), 56
MOON_SHADE, MOON_SHADE_RADIUS = (384, 93), 50


def rounded(corners: Sequence[Point], radius: float, steps: int = 32) -> list[Point]:
    """Round a polygon's corners: each becomes a curve that begins and ends ``radius`` before and after it."""
    outline: list[Point] = []
    for index, corner in enumerate(corners):
        start = _towards(corner, corners[index - 1], radius)
        end = _towards(corner, corners[(index + 1) % len(corners)], radius)
        for t in (step / steps for step in range(steps + 1)):
            weights = ((1 - t) ** 2, 2 * t * (1 - t), t**2)
            x, y = (sum(w * p[axis] for w, p in zip(weights, (start, corner, end), strict=True)) for axis in (0, 1))
            outline.append((x, y))
    return outline


def _towards(origin: Point, target: Point, length: float) -> Point:
    """Return the point ``length`` from one point on the way to another, half way at most."""
    dx, dy = target[0] - origin[0], target[1] - origin[1]
    share = min(length / (dx * dx + dy * dy) ** 0.5, 0.5)
    return origin[0] + dx * share, origin[1] + dy * share


class Drawing:
    """A square picture that is painted area by area."""

    def __init__(self) -> None:
        size = UNITS * SCALE
        ramp = Image.linear_gradient("L").resize((size, size), Image.Resampling.BICUBIC)
        self.picture = Image.composite(
            Image.new("RGB", ramp.size, SKY_BOTTOM), Image.new("RGB", ramp.size, SKY_TOP), ramp
        )

    def area(self) -> tuple[Image.Image, ImageDraw.ImageDraw]:
        """An empty area and the pen that marks it."""
        mask = Image.new("L", self.picture.size, 0)
        return mask, ImageDraw.Draw(mask)

    def polygon(self, outline: Iterable[Point], colour: Colour, *, within: Image.Image | None = None) -> Image.Image:
        """Paint a polygon, or what of it lies within an area; the painted area is returned."""
        mask, pen = self.area()
        pen.polygon([(x * SCALE, y * SCALE) for x, y in outline], fill=255)
        if within is not None:
            mask = Image.composite(mask, Image.new("L", mask.size, 0), within)
        self.picture.paste(colour, mask=mask)
        return mask

    def crescent(self, centre: Point, radius: float, shade: Point, shade_radius: float, colour: Colour) -> None:
        """Paint a disc less the disc that shades it."""
        mask, pen = self.area()
        pen.circle((centre[0] * SCALE, centre[1] * SCALE), radius * SCALE, fill=255)
        pen.circle((shade[0] * SCALE, shade[1] * SCALE), shade_radius * SCALE, fill=0)
        self.picture.paste(colour, mask=mask)

    def outlined(self, outline: Sequence[Point], colour: Colour, gap: float, gap_colour: Colour) -> None:
        """Paint a polygon with a margin of another colour around it."""
        mask, pen = self.area()
        points = [(x * SCALE, y * SCALE) for x, y in outline]
        pen.polygon(points, fill=255)
        for point in points:
            pen.circle(point, gap * SCALE, fill=255)
        pen.line([*points, points[0]], fill=255, width=round(2 * gap * SCALE))
        self.picture.paste(gap_colour, mask=mask)
        self.polygon(outline, colour)

    def averaged(self, size: int) -> Image.Image:
        """The picture at a size, cut to a square with round corners.

        Colours and shape are averaged apart: transparent corners must not darken the edge.
        """
        shape, pen = self.area()
        pen.rounded_rectangle((0, 0, shape.width - 1, shape.height - 1), TILE_RADIUS * SCALE, fill=255)
        result = self.picture.reduce(self.picture.width // size)
        result.putalpha(shape.reduce(shape.width // size))
        return result


def icon(size: int) -> Image.Image:
    """Draw the icon, ``size`` pixels wide and high; the size must divide 2048."""
    drawing = Drawing()
    drawing.crescent(MOON_CENTRE, MOON_RADIUS, MOON_SHADE, MOON_SHADE_RADIUS, MOON)
    drawing.polygon(rounded(HOUSE, 30), WALL)
    inside = drawing.polygon(rounded(INSIDE, 16), ROOM)
    for top, bottom in LEVELS:
        bar = ((LEVEL_LEFT, top), (LEVEL_RIGHT, top), (LEVEL_RIGHT, bottom), (LEVEL_LEFT, bottom))
        drawing.polygon(rounded(bar, 10), STORED, within=inside)
    drawing.outlined(rounded(FLASH, 14), BOLT, FLASH_GAP, ROOM)
    return drawing.averaged(size)


if __name__ == "__main__":
    BRAND.mkdir(exist_ok=True)
    for name, pixels in SIZES.items():
        icon(pixels).save(BRAND / name, optimize=True)
