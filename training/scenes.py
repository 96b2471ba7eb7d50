"""The storybook world: random flat scenes, drawn as vectors.

A scene is a small description (`Scene`) that can be drawn at any size and told
in many ways (see captions.py). Everything is drawn in units of the picture's height (y from 0 at
the top to 1 at the bottom, x from 0 to the aspect ratio), so square and wide
pictures share one composition: the subject is big and near the centre, and the
landscape fills the lower half. The same strokes can be painted with their
nearness instead of their colours (`draw_depth`). A diffusion model of ten million weights draws
sharply only what it sees often, so the world is kept narrow: one style, one
facing, small jitter.

    python scenes.py sheet.png          # a contact sheet, to look at
"""

import sys
from dataclasses import dataclass
from functools import partial
from math import cos, pi, sin

import numpy as np
import skia

# ---------------------------------------------------------------- description

# Weights of the random choice. The superhero takes half of the pictures: it is
# what the shipped schedules are about, and its pose is the hardest thing to learn.
SUBJECTS = {
    "hero": 0.40, "swoop": 0.14, "dragon": 0.09, "rocket": 0.09,
    "balloon": 0.08, "castle": 0.07, "bird": 0.07, "none": 0.06,
}
# Scenes of these numbers are shared out evenly, for what the first thousands show too rarely.
FIRST_EVEN, FIRST_WIDE = 1_000_000, 5_000_000
EVEN_SUBJECTS = {
    "hero": 0.14, "swoop": 0.06, "dragon": 0.16, "rocket": 0.17,
    "balloon": 0.13, "castle": 0.09, "bird": 0.17, "none": 0.08,
}
SETTINGS = {
    "sky": 0.15, "city": 0.22, "neon": 0.13, "mountains": 0.15,
    "storm": 0.11, "sea": 0.09, "hills": 0.08, "space": 0.07,
}
LIGHTS = {"day": 0.4, "sunset": 0.25, "night": 0.35}
# Settings that bring a light of their own.
OWN_LIGHT = {"neon": "night", "storm": "storm", "space": "night"}
# Where a castle can stand, and what swooping is mostly about.
CASTLE_SETTINGS = {"hills": 0.5, "mountains": 0.25, "sky": 0.25}
SWOOP_SETTINGS = {"storm": 0.45, "city": 0.18, "neon": 0.1, "sky": 0.12, "mountains": 0.15}

COLOURS = {
    "red": "#d81e2c", "blue": "#2160d8", "green": "#1f9e46", "yellow": "#f2b81c",
    "purple": "#8236b8", "white": "#f4f4f8", "orange": "#f0781e",
}
SUBJECT_COLOURS = {
    "hero": {"red": 0.6, "blue": 0.1, "green": 0.1, "yellow": 0.1, "purple": 0.1},
    "swoop": {"red": 0.7, "blue": 0.1, "green": 0.1, "purple": 0.1},
    "dragon": {"green": 0.5, "red": 0.3, "purple": 0.2},
    "rocket": {"red": 0.7, "blue": 0.3},
    "balloon": {"red": 0.5, "blue": 0.25, "orange": 0.25},
    "castle": {"red": 0.5, "blue": 0.5},
    "bird": {"white": 0.4, "red": 0.3, "blue": 0.3},
    "none": {"white": 1.0},
}


@dataclass(frozen=True)
class Scene:
    """All that is stated about a picture; `seed` fixes the rest of it."""

    subject: str
    colour: str
    setting: str
    light: str
    seed: int


def pick(rng, weights):
    """One key of `weights`, with probability in proportion to its value."""
    keys = list(weights)
    values = np.array([weights[key] for key in keys])
    return keys[rng.choice(len(keys), p=values / values.sum())]


def random_scene(seed):
    """The scene of that number; the same number always gives the same scene."""
    rng = np.random.default_rng(seed)
    even = FIRST_EVEN <= seed < FIRST_WIDE
    subject = pick(rng, EVEN_SUBJECTS if even else SUBJECTS)
    settings = dict.fromkeys(SETTINGS, 1) if even else SETTINGS
    places = {"castle": CASTLE_SETTINGS, "swoop": SWOOP_SETTINGS}.get(subject, settings)
    setting = pick(rng, places)
    light = OWN_LIGHT.get(setting) or pick(rng, LIGHTS)
    return Scene(subject, pick(rng, SUBJECT_COLOURS[subject]), setting, light, seed)


# -------------------------------------------------------------------- drawing

SKIES = {  # top, middle, horizon
    "day": ("#2f86ea", "#6fb6f5", "#bfe5fb"),
    "sunset": ("#4a2a86", "#d8506e", "#ffb46a"),
    "night": ("#0a1030", "#18215a", "#36408a"),
    "storm": ("#2a2e38", "#4a505e", "#737a86"),
    "neon": ("#0d0524", "#2a0c52", "#8a1f8c"),
    "space": ("#06051a", "#120b33", "#241050"),
}
# Colour of the air: what the light mixes into the things it falls on, and how much.
AIR = {"day": ("#ffffff", 0.0), "sunset": ("#6a2a5e", 0.42),
       "night": ("#0c1440", 0.52), "storm": ("#3a404c", 0.45)}
CLOUDS = {"day": ("#ffffff", "#d5e6f5"), "sunset": ("#ffd0b0", "#e08a8a"),
          "night": ("#5a66a6", "#3a4480"), "storm": ("#5a606c", "#363b46")}
MARGIN = 0.6  # how far the landscape goes on outside the frame, for turns and zooms


def rgb(colour):
    return np.array([int(colour[i:i + 2], 16) for i in (1, 3, 5)], dtype=float)


def mix(one, other, amount):
    """The colour `amount` of the way from `one` to `other`."""
    return "#%02x%02x%02x" % tuple(int(v) for v in rgb(one) * (1 - amount) + rgb(other) * amount)


def argb(colour, alpha=1.0):
    return skia.Color(*[int(v) for v in rgb(colour)], int(255 * alpha))


class Pen:
    """Skia's canvas, with the few strokes the scenes are made of."""

    def __init__(self, canvas, rng, aspect):
        self.canvas, self.rng, self.aspect = canvas, rng, aspect

    def jitter(self, amount):
        return self.rng.uniform(-amount, amount)

    def layer(self, near, to=None, span=(0.0, 1.0)):
        """How near the strokes that follow are, from 0 (the sky) to 1; with `to`, sloping between the heights of `span`."""

    def paint(self, colour, alpha=1.0, to=None, span=(0.0, 1.0)):
        """A fill; with `to`, a vertical gradient between the heights of `span`."""
        paint = skia.Paint(AntiAlias=True, Color=argb(colour, alpha))
        if to:
            paint.setShader(skia.GradientShader.MakeLinear(
                points=[skia.Point(0, span[0]), skia.Point(0, span[1])],
                colors=[argb(colour, alpha), argb(to, alpha)]))
        return paint

    def shape(self, points, paint, closed=True):
        """A polygon; an entry of six numbers is a Bézier curve to its last point."""
        path = skia.Path()
        path.moveTo(*points[0])
        for point in points[1:]:
            (path.lineTo if len(point) == 2 else path.cubicTo)(*point)
        if closed:
            path.close()
        self.canvas.drawPath(path, paint)

    def limb(self, points, width, colour):
        """A thick line with round ends and joints."""
        paint = skia.Paint(AntiAlias=True, Color=argb(colour), Style=skia.Paint.kStroke_Style,
                           StrokeWidth=width, StrokeCap=skia.Paint.kRound_Cap, StrokeJoin=skia.Paint.kRound_Join)
        self.shape(points, paint, closed=False)

    def disc(self, x, y, radius, colour, alpha=1.0, **gradient):
        self.canvas.drawCircle(x, y, radius, self.paint(colour, alpha, **gradient))

    def oval(self, x, y, rx, ry, colour, **gradient):
        self.canvas.drawOval(skia.Rect.MakeLTRB(x - rx, y - ry, x + rx, y + ry), self.paint(colour, **gradient))

    def box(self, x, y, width, height, paint):
        self.canvas.drawRect(skia.Rect.MakeXYWH(x, y, width, height), paint)

    def glow(self, x, y, radius, colour, alpha):
        paint = skia.Paint(AntiAlias=True)
        paint.setShader(skia.GradientShader.MakeRadial(
            center=skia.Point(x, y), radius=radius, colors=[argb(colour, alpha), argb(colour, 0)]))
        self.canvas.drawCircle(x, y, radius, paint)

    def cloud(self, x, y, size, colours):
        """Five discs on a flat base."""
        top, base = colours
        paint = self.paint(top, to=base, span=(y - size * 0.5, y + size * 0.2))
        for dx, dy, radius in ((-0.55, 0.02, 0.22), (-0.22, -0.14, 0.32), (0.2, -0.1, 0.28), (0.55, 0.04, 0.2)):
            self.canvas.drawCircle(x + dx * size, y + dy * size, radius * size, paint)
        self.canvas.drawRoundRect(skia.Rect.MakeLTRB(x - 0.77 * size, y, x + 0.75 * size, y + 0.24 * size),
                                  0.12 * size, 0.12 * size, paint)


class NearnessCanvas:
    """Stands in for skia's canvas: every stroke gets hard edges and the shade of its layer's nearness."""

    def __init__(self, canvas):
        self.canvas, self.near = canvas, skia.Paint()

    def __getattr__(self, name):
        action = getattr(self.canvas, name)
        return partial(self.stroke, action) if name.startswith("draw") else action

    def stroke(self, action, *arguments):
        *shape, paint = arguments
        if paint.getAlphaf() < 0.5:  # a shine, no thing
            return
        flat = skia.Paint(self.near)
        flat.setAntiAlias(False)
        flat.setStyle(paint.getStyle())
        flat.setStrokeWidth(paint.getStrokeWidth())
        flat.setStrokeCap(paint.getStrokeCap())
        flat.setStrokeJoin(paint.getStrokeJoin())
        action(*shape, flat)


class DepthPen(Pen):
    """Draws the same strokes from the same random numbers, as nearness."""

    def __init__(self, canvas, rng, aspect):
        super().__init__(NearnessCanvas(canvas), rng, aspect)

    def layer(self, near, to=None, span=(0.0, 1.0)):
        def shade(value):
            return "#" + f"{round(255 * value):02x}" * 3

        self.canvas.near = self.paint(shade(near), to=None if to is None else shade(to), span=span)

    def glow(self, x, y, radius, colour, alpha):
        """Light is nowhere."""


def draw_sky(pen, scene):
    pen.layer(0)
    top, middle, horizon = SKIES[scene.setting if scene.setting in ("neon", "space") else scene.light]
    paint = skia.Paint()
    paint.setShader(skia.GradientShader.MakeLinear(
        points=[skia.Point(0, -0.05), skia.Point(0, 0.8)], positions=[0, 0.55, 1],
        colors=[argb(top), argb(middle), argb(horizon)]))
    pen.canvas.drawPaint(paint)
    if scene.light == "night":
        for _ in range(int(16 * (pen.aspect + 1))):
            pen.disc(pen.rng.uniform(-MARGIN, pen.aspect + MARGIN), pen.rng.uniform(-0.3, 0.6),
                     pen.rng.uniform(0.006, 0.01), "#ffffff")
    x = 0.2 * pen.aspect + pen.jitter(0.06)
    if scene.setting in ("neon", "storm", "space"):
        return
    if scene.light == "day":
        y = 0.19 + pen.jitter(0.04)
        pen.glow(x, y, 0.28, "#fff6c0", 0.7)
        pen.disc(x, y, 0.085, "#ffe25a")
    elif scene.light == "sunset":
        y = 0.47 + pen.jitter(0.04)
        pen.glow(x, y, 0.42, "#ffe08a", 0.7)
        pen.disc(x, y, 0.12, "#ffe58a")
    else:
        y = 0.19 + pen.jitter(0.04)
        pen.glow(x, y, 0.25, "#dfe6ff", 0.4)
        pen.disc(x, y, 0.085, "#f2f2dc")
        pen.disc(x - 0.025, y - 0.02, 0.02, "#d8d8c0")
        pen.disc(x + 0.03, y + 0.025, 0.025, "#d8d8c0")


def draw_high_clouds(pen, scene, count, low=0.08, high=0.36):
    """Clouds spread evenly over the width, so that none hides another."""
    pen.layer(0.14)
    places = np.linspace(0, pen.aspect, count + 1)
    for x in places:
        pen.cloud(x + pen.jitter(0.14), pen.rng.uniform(low, high),
                  pen.rng.uniform(0.12, 0.17), CLOUDS[scene.light])


def draw_cloud_sea(pen, scene):
    """The setting "sky": high clouds and a bank of big ones along the lower edge."""
    draw_high_clouds(pen, scene, 2 + int(pen.aspect > 1.2))
    for row, (y, size) in enumerate(((0.86, 0.24), (1.02, 0.32))):
        pen.layer((0.4, 0.62)[row])
        for x in np.arange(-MARGIN, pen.aspect + MARGIN, size * 1.25):
            pen.cloud(x + 0.15 * row + pen.jitter(0.05), y + pen.jitter(0.03), size, CLOUDS[scene.light])
    pen.box(-2, 1.06, 6, 2, pen.paint(CLOUDS[scene.light][1]))


def skyline(pen, low, high, width):
    """Places and tops of towers side by side: (x, width, top)."""
    x = -MARGIN + pen.jitter(0.1)
    while x < pen.aspect + MARGIN:
        yield x, width, pen.rng.uniform(low, high)
        x += width


def draw_city(pen, scene):
    far, near, lit, dark = {
        "day": ("#9fb9d8", ("#6f86ad", "#7d93b8", "#647aa2"), "#fff3b8", "#4b6088"),
        "sunset": ("#a8567a", ("#4c2c60", "#5a3268", "#432656"), "#ffd76a", "#6c4270"),
        "night": ("#232c66", ("#141a44", "#1a2150", "#10163a"), "#ffd95e", "#262f66"),
    }[scene.light]
    pen.layer(0.28)
    for x, width, top in skyline(pen, 0.5, 0.66, 0.13):
        pen.box(x, top, width, 2, pen.paint(far))
    # A window cell is ten pixels of 256: smaller ones do not survive the autoencoder.
    cell = 0.04
    lit_share = {"day": 0.85, "sunset": 0.88, "night": 0.9}[scene.light]
    pen.layer(0.52)
    for x, width, top in skyline(pen, 0.6, 0.82, 5 * cell):
        wall = near[pen.rng.integers(3)]
        pen.box(x, top, width - 0.012, 2, pen.paint(wall))
        for row in range(int((1.5 - top) / cell) - 1):
            for column in range(4):
                colour = lit if pen.rng.random() < lit_share else dark
                pen.box(x + 0.024 + column * cell, top + 0.03 + row * cell, 0.024, 0.026, pen.paint(colour))


NEON = ("#1ff2ff", "#ff2fd0", "#8a5bff")


def draw_neon_city(pen, scene):
    """Dark towers with glowing edges and bars of light."""
    pen.glow(pen.aspect / 2, 0.75, 0.75, "#ff3fc8", 0.45)
    pen.layer(0.28)
    for x, width, top in skyline(pen, 0.46, 0.6, 0.15):
        pen.box(x, top, width, 2, pen.paint("#3a1468"))
    pen.layer(0.52)
    for x, width, top in skyline(pen, 0.56, 0.8, 0.22):
        colour = NEON[pen.rng.integers(3)]
        pen.box(x, top, width - 0.03, 2, pen.paint("#12082e"))
        edge = skia.Paint(AntiAlias=True, Style=skia.Paint.kStroke_Style, Color=argb(colour, 0.3), StrokeWidth=0.036)
        frame = skia.Rect.MakeLTRB(x, top, x + width - 0.03, 2)
        pen.canvas.drawRect(frame, edge)
        edge.setColor(argb(colour))
        edge.setStrokeWidth(0.014)
        pen.canvas.drawRect(frame, edge)
        bar = NEON[pen.rng.integers(3)]
        for row in range(int((1.5 - top) / 0.075) - 1):
            pen.box(x + 0.04, top + 0.06 + row * 0.075, width - 0.11, 0.026, pen.paint(bar, 0.9))


def in_air(colour, light):
    air, amount = AIR[light]
    return mix(colour, air, amount)


def draw_mountains(pen, scene):
    draw_high_clouds(pen, scene, 1, 0.1, 0.3)
    for base, rock, step, top in ((0.0, "#8fa4c4", 0.34, 0.5), (0.1, "#5c6c88", 0.44, 0.6)):
        pen.layer(0.36 if base else 0.24)
        snow = in_air("#ffffff", scene.light) if scene.light != "night" else "#8a94c4"
        shade = in_air(mix(rock, "#2a3448", 0.35), scene.light)
        for x in np.arange(-MARGIN + base, pen.aspect + MARGIN + step, step):
            x, y, half = x + pen.jitter(0.05), top + pen.jitter(0.05), step * 0.8
            slope = 0.62 / half
            pen.shape([(x - half, y + 0.62), (x, y), (x + half, y + 0.62)], pen.paint(in_air(rock, scene.light)))
            pen.shape([(x, y), (x + half, y + 0.62), (x + half * 0.1, y + 0.62), (x + 0.03, y + 0.2)], pen.paint(shade))
            cap = 0.13
            pen.shape([(x, y), (x + cap / slope, y + cap), (x + 0.3 * cap / slope, y + cap * 0.75), (x, y + cap * 1.15),
                       (x - 0.35 * cap / slope, y + cap * 0.75), (x - cap / slope, y + cap)], pen.paint(snow))
    draw_hill(pen, scene, 0.92, "#3f8f4a", near=(0.52, 0.74))


def draw_hill(pen, scene, y, colour, near, swell=0.05):
    """A rolling ground whose ridge lies around height y; `near` at the ridge and 0.35 below it."""
    pen.layer(near[0], to=near[1], span=(y - swell, y + 0.3))
    colour = in_air(colour, scene.light)
    phase = pen.rng.uniform(0, 2 * pi)
    xs = np.linspace(-MARGIN, pen.aspect + MARGIN, 24)
    ridge = [(x, y + swell * sin(4.2 * x + phase)) for x in xs]
    pen.shape([*ridge, (xs[-1], 2), (xs[0], 2)], pen.paint(mix(colour, "#ffffff", 0.1), to=mix(colour, "#000000", 0.2),
                                                           span=(y - swell, y + 0.3)))
    return lambda x: y + swell * sin(4.2 * x + phase)


def draw_hills(pen, scene):
    draw_high_clouds(pen, scene, 1, 0.1, 0.3)
    draw_hill(pen, scene, 0.66, "#7cc46a", near=(0.3, 0.4))
    ground = draw_hill(pen, scene, 0.78, "#54ad4c", near=(0.5, 0.74))
    pen.layer(0.52)
    for x in np.arange(-MARGIN, pen.aspect + MARGIN, 0.26):
        x += pen.jitter(0.06)
        y = ground(x)
        pen.box(x - 0.014, y - 0.06, 0.028, 0.08, pen.paint(in_air("#7a4a24", scene.light)))
        pen.disc(x, y - 0.1, 0.065, in_air("#2f8a3c", scene.light))


def draw_storm(pen, scene):
    """Lightning, banks of dark cloud above, columns of smoke below."""
    x = pen.aspect * 0.8 + pen.jitter(0.08)
    pen.glow(x, 0.4, 0.45, "#e8ecff", 0.5)
    pen.layer(0.1)
    bolt = [(0.0, 0.1), (-0.09, 0.42), (-0.01, 0.4), (-0.08, 0.74), (0.1, 0.32), (0.02, 0.34), (0.08, 0.1)]
    pen.shape([(x + dx, y) for dx, y in bolt], pen.paint("#fff2a0"))
    for y, size, shade in ((0.02, 0.3, 0.35), (0.14, 0.24, 0.0)):
        colours = [mix(c, "#1a1d24", shade) for c in CLOUDS["storm"]]
        pen.layer(0.2 if shade else 0.3)
        for cloud_x in np.arange(-MARGIN, pen.aspect + MARGIN, size * 1.5):
            pen.cloud(cloud_x + pen.jitter(0.08), y + pen.jitter(0.04), size, colours)
    pen.box(-2, -2, 6, 2.02, pen.paint(mix(CLOUDS["storm"][0], "#1a1d24", 0.35)))
    for column_x in np.arange(-MARGIN, pen.aspect + MARGIN, 0.36):
        column_x += pen.jitter(0.06)
        for step in range(7):
            y = 0.62 + 0.09 * step + pen.jitter(0.015)
            pen.layer(0.44 + 0.04 * step)
            pen.disc(column_x + 0.05 * cos(1.7 * step), y, 0.1 + 0.012 * step,
                     mix("#8a8d94", "#2c2f36", step / 6), to=mix("#6c6f78", "#24272e", step / 6), span=(y - 0.1, y + 0.1))


def draw_sea(pen, scene):
    draw_high_clouds(pen, scene, 1, 0.1, 0.3)
    for row in range(9):
        y = 0.62 + 0.07 * row
        pen.layer(0.26 + 0.06 * row)
        colour = in_air(mix("#4fb4e6", "#0f58a6", row / 8), scene.light)
        phase = pen.rng.uniform(0, 0.12)
        points = [(-MARGIN + phase - 0.12, y)]
        while points[-1][0] < pen.aspect + MARGIN:
            x = points[-1][0] if len(points[-1]) == 2 else points[-1][4]
            points.append((x + 0.04, y + 0.03, x + 0.08, y + 0.03, x + 0.12, y))
            if x + 0.12 > pen.aspect + MARGIN:
                break
        pen.shape([*points, (pen.aspect + MARGIN, 2), (-MARGIN - 0.12, 2)], pen.paint(colour))


def draw_space(pen, scene):
    pen.glow(0.8 * pen.aspect, 0.75, 0.5, "#7a2fb8", 0.55)
    pen.glow(0.15 * pen.aspect, 0.8, 0.4, "#1f6fc0", 0.45)
    for _ in range(int(10 * (pen.aspect + 1))):
        pen.disc(pen.rng.uniform(-MARGIN, pen.aspect + MARGIN), pen.rng.uniform(0.5, 1.4),
                 pen.rng.uniform(0.006, 0.01), "#ffffff")
    x, y = 0.2 * pen.aspect + pen.jitter(0.05), 0.22 + pen.jitter(0.04)
    pen.layer(0.12)
    pen.disc(x, y, 0.13, "#f0a050", to="#b0503a", span=(y - 0.13, y + 0.13))
    pen.limb([(x - 0.2, y + 0.06), (x - 0.07, y + 0.1, x + 0.1, y + 0.02, x + 0.2, y - 0.06)], 0.022, "#ffe0a8")


SETTING_PAINTERS = {
    "sky": draw_cloud_sea, "city": draw_city, "neon": draw_neon_city, "mountains": draw_mountains,
    "storm": draw_storm, "sea": draw_sea, "hills": draw_hills, "space": draw_space,
}

SKIN, SUIT, HAIR, GOLD, BOOTS = "#f2b98c", "#2456c8", "#33211c", "#ffd23a", "#c81e2a"


def draw_hero(pen, colour):
    """The superhero, lying along +x with the head to the right, one unit long."""
    cape = COLOURS[colour]
    wave = pen.jitter(0.03)
    pen.shape([(0.17, -0.09), (0.0, -0.22, -0.2, -0.24 + wave, -0.52, -0.36 + wave),
               (-0.5, -0.27, -0.58, -0.2, -0.55, -0.1), (-0.5, -0.02, -0.56, 0.02, -0.5, 0.06 + wave),
               (-0.3, 0.0, -0.1, 0.06, 0.14, 0.05)],
              pen.paint(mix(cape, "#ffffff", 0.12), to=mix(cape, "#000000", 0.28), span=(-0.33, 0.08)))
    pen.limb([(-0.1, 0.05), (-0.27, 0.13), (-0.36, 0.09)], 0.1, mix(SUIT, "#000000", 0.25))
    pen.limb([(-0.36, 0.09), (-0.43, 0.06)], 0.1, mix(BOOTS, "#000000", 0.2))
    pen.limb([(-0.12, 0.02), (-0.34, 0.03)], 0.11, SUIT)
    pen.limb([(-0.36, 0.03), (-0.47, 0.03)], 0.11, BOOTS)
    pen.limb([(0.1, 0.07), (0.03, 0.17), (0.13, 0.18)], 0.075, mix(SUIT, "#000000", 0.25))
    pen.disc(0.16, 0.18, 0.047, SKIN)
    pen.shape([(-0.15, -0.04), (0.0, -0.09, 0.1, -0.12, 0.17, -0.1), (0.21, -0.02, 0.2, 0.06, 0.16, 0.1),
               (0.08, 0.12, -0.05, 0.1, -0.15, 0.08)], pen.paint(mix(SUIT, "#ffffff", 0.12), to=SUIT, span=(-0.1, 0.1)))
    pen.limb([(-0.115, -0.035), (-0.115, 0.075)], 0.04, GOLD)
    pen.disc(0.08, 0.01, 0.05, GOLD)
    pen.limb([(0.16, -0.03), (0.4, -0.05)], 0.085, mix(SUIT, "#ffffff", 0.12))
    pen.disc(0.45, -0.055, 0.058, SKIN)
    # The head stays nearly upright whatever the body does.
    pen.disc(0.225, -0.15, 0.1, SKIN)
    pen.shape([(0.135, -0.105), (0.105, -0.2, 0.16, -0.27, 0.23, -0.265), (0.29, -0.262, 0.33, -0.22, 0.325, -0.165),
               (0.28, -0.21, 0.24, -0.205, 0.2, -0.2), (0.19, -0.16, 0.17, -0.13, 0.135, -0.105)], pen.paint(HAIR))
    pen.disc(0.285, -0.15, 0.015, "#1c1416")


def draw_dragon(pen, colour):
    body = COLOURS[colour]
    dark, pale = mix(body, "#000000", 0.3), mix(body, "#fff2b0", 0.6)
    pen.shape([(0.02, -0.02), (-0.02, -0.2, -0.12, -0.36, -0.3, -0.44), (-0.27, -0.34, -0.28, -0.3, -0.33, -0.26),
               (-0.25, -0.22, -0.22, -0.18, -0.24, -0.1), (-0.18, -0.06, -0.14, -0.02, -0.14, 0.04)], pen.paint(dark))
    pen.shape([(-0.08, 0.03), (-0.25, 0.1, -0.38, 0.14, -0.52, 0.02), (-0.44, 0.22, -0.2, 0.22, 0.02, 0.17)], pen.paint(body))
    pen.shape([(-0.56, 0.06), (-0.5, -0.06), (-0.46, 0.06)], pen.paint(dark))
    pen.limb([(-0.08, 0.15), (-0.1, 0.25)], 0.07, dark)
    pen.limb([(0.08, 0.15), (0.1, 0.25)], 0.07, dark)
    pen.oval(0.0, 0.08, 0.19, 0.13, body, to=dark, span=(0.0, 0.25))
    pen.oval(0.03, 0.13, 0.12, 0.07, pale)
    pen.limb([(0.11, 0.06), (0.26, 0.06, 0.18, -0.12, 0.3, -0.16)], 0.12, body)
    pen.oval(0.37, -0.17, 0.13, 0.08, body)
    pen.shape([(0.27, -0.22), (0.22, -0.33), (0.34, -0.24)], pen.paint(GOLD))
    pen.disc(0.36, -0.19, 0.024, "#ffffff")
    pen.disc(0.367, -0.188, 0.013, "#101010")
    pen.shape([(0.04, 0.02), (0.06, -0.18, 0.02, -0.36, -0.12, -0.5), (-0.13, -0.4, -0.16, -0.34, -0.22, -0.3),
               (-0.15, -0.24, -0.13, -0.18, -0.16, -0.1), (-0.12, -0.06, -0.1, -0.02, -0.1, 0.05)],
              pen.paint(mix(body, "#ffffff", 0.25), to=body, span=(-0.45, 0.05)))


def draw_rocket(pen, colour):
    trim = COLOURS[colour]
    pen.shape([(-0.08, 0.3), (-0.1, 0.42, -0.02, 0.46, 0.0, 0.58), (0.02, 0.46, 0.1, 0.42, 0.08, 0.3)], pen.paint("#ff7a1e"))
    pen.shape([(-0.045, 0.3), (-0.05, 0.38, -0.01, 0.42, 0.0, 0.48), (0.01, 0.42, 0.05, 0.38, 0.045, 0.3)], pen.paint("#ffe25a"))
    for side in (-1, 1):
        pen.shape([(side * 0.1, 0.06), (side * 0.26, 0.2, side * 0.26, 0.26, side * 0.25, 0.36), (side * 0.1, 0.26)],
                  pen.paint(mix(trim, "#000000", 0.15)))
    pen.shape([(0.0, -0.46), (0.16, -0.28, 0.18, 0.06, 0.11, 0.31), (-0.11, 0.31), (-0.18, 0.06, -0.16, -0.28, 0.0, -0.46)],
              pen.paint("#f4f4fa", to="#c4c8da", span=(-0.3, 0.3)))
    pen.shape([(0.0, -0.46), (0.06, -0.4, 0.1, -0.32, 0.122, -0.22), (-0.122, -0.22), (-0.1, -0.32, -0.06, -0.4, 0.0, -0.46)],
              pen.paint(trim))
    pen.disc(0.0, -0.06, 0.085, trim)
    pen.disc(0.0, -0.06, 0.058, "#7fd6ff")
    pen.box(-0.125, 0.2, 0.25, 0.05, pen.paint(trim))


def draw_balloon(pen, colour):
    cloth = COLOURS[colour]
    pen.limb([(-0.15, 0.14), (-0.06, 0.38)], 0.012, "#6a4a30")
    pen.limb([(0.15, 0.14), (0.06, 0.38)], 0.012, "#6a4a30")
    for half, paint in ((0.32, cloth), (0.2, "#fff2d8"), (0.1, cloth)):
        top, bottom = mix(paint, "#ffffff", 0.1), mix(paint, "#000000", 0.2)
        pen.shape([(0, -0.5), (half * 1.35, -0.5, half * 1.3, -0.05, half * 0.28, 0.2), (-half * 0.28, 0.2),
                   (-half * 1.3, -0.05, -half * 1.35, -0.5, 0, -0.5)], pen.paint(top, to=bottom, span=(-0.4, 0.2)))
    pen.canvas.drawRoundRect(skia.Rect.MakeLTRB(-0.085, 0.34, 0.085, 0.47), 0.03, 0.03, pen.paint("#a5682e"))
    pen.box(-0.09, 0.34, 0.18, 0.03, pen.paint("#7a4a1e"))


def draw_castle(pen, colour):
    roof, stone = COLOURS[colour], "#b8bcd0"
    def tower(x, half, top, bottom):
        pen.box(x - half, top, 2 * half, bottom - top, pen.paint(stone, to=mix(stone, "#3a4060", 0.35), span=(top, bottom)))
        pen.shape([(x - half * 1.35, top), (x, top - half * 3), (x + half * 1.35, top)], pen.paint(roof))
        pen.canvas.drawRoundRect(skia.Rect.MakeXYWH(x - 0.026, top + 0.07, 0.052, 0.09), 0.026, 0.026, pen.paint("#ffd95e"))
    tower(-0.17, 0.075, -0.14, 0.45)
    tower(0.17, 0.075, -0.14, 0.45)
    tower(0.0, 0.095, -0.22, 0.45)
    pen.box(-0.32, 0.16, 0.64, 0.3, pen.paint(mix(stone, "#ffffff", 0.1), to=mix(stone, "#3a4060", 0.3), span=(0.16, 0.46)))
    for x in np.arange(-0.32, 0.3, 0.107):
        pen.box(x, 0.11, 0.055, 0.06, pen.paint(mix(stone, "#ffffff", 0.1)))
    tower(-0.34, 0.085, 0.02, 0.47)
    tower(0.34, 0.085, 0.02, 0.47)
    pen.shape([(-0.075, 0.46), (-0.075, 0.32), (-0.07, 0.22, 0.07, 0.22, 0.075, 0.32), (0.075, 0.46)], pen.paint("#6a3a1e"))


def draw_bird(pen, colour):
    body = COLOURS[colour]
    dark = mix(body, "#202840", 0.3)
    pen.shape([(0.04, -0.04), (0.06, -0.24, 0.0, -0.36, -0.06, -0.46), (-0.16, -0.36, -0.2, -0.2, -0.16, 0.0)], pen.paint(dark))
    pen.shape([(-0.2, 0.02), (-0.5, -0.02), (-0.44, 0.08), (-0.5, 0.16), (-0.16, 0.12)], pen.paint(dark))
    pen.oval(0.0, 0.06, 0.26, 0.13, body, to=mix(body, "#202840", 0.15), span=(-0.06, 0.2))
    pen.disc(0.24, -0.03, 0.11, body)
    pen.shape([(0.33, -0.07), (0.47, -0.01), (0.33, 0.03)], pen.paint("#ffa42e"))
    pen.disc(0.27, -0.05, 0.022, "#101018")
    pen.shape([(0.1, 0.04), (0.06, -0.2, -0.1, -0.34, -0.28, -0.42), (-0.3, -0.24, -0.26, -0.06, -0.12, 0.07)],
              pen.paint(mix(body, "#ffffff", 0.2), to=dark, span=(-0.4, 0.08)))


# Painter, size in heights, turn in degrees, height of the centre.
SUBJECT_PAINTERS = {
    "hero": (draw_hero, 0.82, -24, 0.45),
    "swoop": (draw_hero, 0.82, 30, 0.46),
    "dragon": (draw_dragon, 0.8, 0, 0.44),
    "rocket": (draw_rocket, 0.78, 14, 0.44),
    "balloon": (draw_balloon, 0.74, 0, 0.42),
    "castle": (draw_castle, 0.8, 0, 0.52),
    "bird": (draw_bird, 0.72, -8, 0.43),
}


# The subject is in front of everything else; a castle stands on the ground that it hides.
SUBJECT_NEAR, CASTLE_NEAR = 0.92, 0.8


def draw(scene, width=256, height=256):
    """The picture as an array (height, width, 3) of bytes."""
    pixels = paint_scene(Pen, scene, width, height)
    return np.ascontiguousarray(pixels[:, :, 2::-1] if skia.kN32_ColorType == skia.kBGRA_8888_ColorType else pixels[:, :, :3])


def draw_depth(scene, width=256, height=256):
    """How near each pixel of `draw` is: floats (height, width), 0 for the sky to 1, the inverse of a distance."""
    return paint_scene(DepthPen, scene, width, height)[:, :, 0].astype(np.float32) / 255


def paint_scene(kind_of_pen, scene, width, height):
    """The canvas's pixels (height, width, 4).

    The frame is jittered as a whole: zoom 0.87-1.25, a few degrees, a small
    offset. That is where the feedback of an animation takes its frames."""
    rng = np.random.default_rng([scene.seed, 1])
    pixels = np.zeros((height, width, 4), dtype=np.uint8)
    with skia.Surface(pixels) as canvas:
        aspect = width / height
        pen = kind_of_pen(canvas, rng, aspect)
        canvas.scale(height, height)
        canvas.translate(aspect / 2 + pen.jitter(0.03), 0.5 + pen.jitter(0.03))
        canvas.rotate(pen.jitter(3.5))
        zoom = np.exp(rng.uniform(np.log(0.87), np.log(1.25)))
        canvas.scale(zoom, zoom)
        canvas.translate(-aspect / 2, -0.5)
        draw_sky(pen, scene)
        SETTING_PAINTERS[scene.setting](pen, scene)
        if scene.subject != "none":
            painter, size, turn, y = SUBJECT_PAINTERS[scene.subject]
            canvas.translate(aspect / 2 + pen.jitter(0.03 + 0.12 * (aspect - 1)), y + pen.jitter(0.025))
            canvas.rotate(turn + pen.jitter(5))
            size *= rng.uniform(0.94, 1.06)
            canvas.scale(size, size)
            pen.layer(CASTLE_NEAR if scene.subject == "castle" else SUBJECT_NEAR)
            painter(pen, scene.colour)
    return pixels


def contact_sheet(columns=8, rows=6, width=256, height=256, first=0):
    rows_of_pictures = [
        np.concatenate([draw(random_scene(first + row * columns + column), width, height) for column in range(columns)], 1)
        for row in range(rows)]
    return np.concatenate(rows_of_pictures, 0)


if __name__ == "__main__":
    from PIL import Image

    Image.fromarray(contact_sheet()).save(sys.argv[1])
