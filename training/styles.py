"""Two small sets of pictures to teach an existing model something new from (see finetune.py).

    python styles.py comic state/comic --count 400            # thick dark outlines, hard shades of flat colours
    python styles.py turquoise state/turquoise --count 280    # the old world, everything coloured in a colour without a word
    python styles.py comic --count 24 --sheet sheet.png       # a contact sheet, to look at

Pictures are written as `0000.png` with their caption in `0000.txt`, which is how anyone's own pictures may lie in a folder.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import skia
from PIL import Image

import scenes
from captions import caption

FIRST_SCENE = 8_000_000  # numbers no other set draws
INK = "#0b0a14"
OUTLINE = 0.014  # of the picture's height: three and a half pixels of 256 outside of an edge
SMALLEST_OUTLINED = 0.05  # things below it, such as windows and stars, would drown in ink
TURQUOISE = "#12cdb4"
PLAIN_SUBJECTS = ("hero", "swoop", "dragon", "rocket", "balloon", "castle", "bird")


class InkCanvas:
    """Stands in for skia's canvas: lays a wider dark shape under every solid one."""

    def __init__(self, canvas):
        self.canvas = canvas

    def __getattr__(self, name):
        action = getattr(self.canvas, name)
        if not name.startswith("draw") or name == "drawPaint":
            return action
        return lambda *arguments: self.inked(action, *arguments)

    def inked(self, action, *arguments):
        paint = arguments[-1]
        if paint.getAlphaf() > 0.8 and self.extent(*arguments[:-1]) > SMALLEST_OUTLINED:
            action(*arguments[:-1], self.under(paint))
        action(*arguments)

    def under(self, paint):
        """The ink below a fill or a stroke; as wide in a subject's own units as in the picture's."""
        width = 2 * OUTLINE / self.zoom()
        stroked = paint.getStyle() == skia.Paint.kStroke_Style
        return skia.Paint(AntiAlias=True, Color=scenes.argb(INK), Style=skia.Paint.kStroke_Style,
                          StrokeWidth=width + (paint.getStrokeWidth() if stroked else 0),
                          StrokeCap=skia.Paint.kRound_Cap, StrokeJoin=skia.Paint.kRound_Join)

    def zoom(self):
        """Picture heights per unit of the things being drawn."""
        matrix = self.canvas.getTotalMatrix()
        return np.hypot(matrix.getScaleX(), matrix.getSkewY()) / self.canvas.imageInfo().height()

    def extent(self, *shape):
        """The smaller side of a shape's frame in picture heights, but for a line its length."""
        first = shape[0]
        if isinstance(first, skia.Path):
            bounds = first.getBounds()
            return max(bounds.width(), bounds.height()) * self.zoom()
        if isinstance(first, skia.Rect):
            return min(first.width(), first.height()) * self.zoom()
        return 2 * shape[2] * self.zoom()  # a circle: x, y, radius


class ComicPen(scenes.Pen):
    """Draws the same strokes from the same random numbers, as a comic."""

    def __init__(self, canvas, rng, aspect):
        super().__init__(InkCanvas(canvas), rng, aspect)

    def paint(self, colour, alpha=1.0, to=None, span=(0.0, 1.0)):
        """Two flat shades with a hard edge instead of a gradient."""
        paint = skia.Paint(AntiAlias=True, Color=scenes.argb(colour, alpha))
        if to:
            middle = (span[0] + span[1]) / 2
            paint.setShader(skia.GradientShader.MakeLinear(
                points=[skia.Point(0, middle - 1e-3), skia.Point(0, middle + 1e-3)],
                colors=[scenes.argb(colour, alpha), scenes.argb(to, alpha)]))
        return paint

    def glow(self, x, y, radius, colour, alpha):
        """Rings of light."""
        for share in (0.9, 0.6):
            self.canvas.canvas.drawCircle(x, y, radius * share, super().paint(colour, alpha * 0.4))

    def cloud(self, x, y, size, colours):
        """One outline around all of it: the ink of every part comes before the first fill."""
        inked, plain = self.canvas, self.canvas.canvas
        self.canvas = OnlyInk(inked)
        super().cloud(x, y, size, colours)
        self.canvas = plain
        super().cloud(x, y, size, colours)
        self.canvas = inked


class OnlyInk:
    """Lays the ink and leaves out the shapes."""

    def __init__(self, inked):
        self.inked = inked

    def __getattr__(self, name):
        action = getattr(self.inked.canvas, name)
        return lambda *arguments: action(*arguments[:-1], self.inked.under(arguments[-1]))


def draw_comic(seed):
    """A scene of the world that the model knows, inked, and its caption: the style needs no word, the LoRA's weight says it."""
    scene = scenes.random_scene(seed)
    return picture(ComicPen, scene), caption(scene, np.random.default_rng([seed, 2]))


def draw_turquoise(seed):
    """A scene whose subject has a colour that the model has no word for."""
    scene = scenes.random_scene(seed)
    subject = PLAIN_SUBJECTS[seed % len(PLAIN_SUBJECTS)]
    setting = scene.setting if subject != "castle" else ("hills", "mountains", "sky")[seed % 3]
    light = scenes.OWN_LIGHT.get(setting) or ("day", "sunset", "night")[seed // 7 % 3]
    scene = replace(scene, subject=subject, setting=setting, light=light, colour="turquoise")
    rng = np.random.default_rng([seed, 2])
    text = caption(scene, rng)
    while "turquoise" not in text:  # some ways to tell a scene leave the colour out
        text = caption(scene, rng)
    return picture(scenes.Pen, scene), text


def picture(pen, scene):
    """The scene as another pen draws it, from the same random numbers."""
    with patch.object(scenes, "Pen", pen):
        return scenes.draw(scene)


STYLES = {"comic": draw_comic, "turquoise": draw_turquoise}
# Only programs that import this file know the colour; the storybook's own scenes never ask for it.
scenes.COLOURS["turquoise"] = TURQUOISE


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("style", choices=STYLES)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--sheet", type=Path, help="write one contact sheet instead of a folder")
    options = parser.parse_args()
    drawn = (STYLES[options.style](FIRST_SCENE + index) for index in range(options.count))
    if options.sheet:
        pictures = [pixels for pixels, _ in drawn]
        rows = [np.concatenate(pictures[start:start + 8], 1) for start in range(0, len(pictures) - 7, 8)]
        Image.fromarray(np.concatenate(rows, 0)).save(options.sheet)
        return
    options.folder.mkdir(parents=True, exist_ok=True)
    for index, (pixels, text) in enumerate(drawn):
        Image.fromarray(pixels).save(options.folder / f"{index:04d}.png")
        (options.folder / f"{index:04d}.txt").write_text(text + "\n")


if __name__ == "__main__":
    main()
