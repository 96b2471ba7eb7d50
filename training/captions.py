"""Captions of the storybook scenes: many ways to tell the same few facts.

Telling is free, drawing and learning pictures is not; so the language is wide
where the world is narrow. Words that mean nothing here (praise of the style,
names, typing errors) are mixed in at times, so that the model learns to read
past what it does not know.

    python captions.py                  # prints two dozen
"""

import string

import numpy as np

from scenes import OWN_LIGHT, random_scene

HERO_NOUNS = ["superhero", "superhero", "superhero", "hero", "superman", "flying superhero", "caped superhero"]
VERBS = {
    "hero": ["flies", "flying", "soars", "soaring", "rises", "rushes"],
    "swoop": ["swoops down", "swooping down", "dives down", "diving down", "swoops", "falls down"],
    "dragon": ["flies", "flying", "soars"],
    "rocket": ["flies", "flying", "rises", "soars", "starts"],
    "balloon": ["flies", "floats", "floating", "drifts"],
    "bird": ["flies", "flying", "soars", "gliding"],
    "castle": ["stands", "standing", "rises", ""],
}
PLACES = {
    "sky": ["through the {light} sky with clouds", "through a {light} sky with clouds", "in a {light} sky",
            "above the clouds", "among white clouds", "through the sky", "high in the {light} sky", "over a sea of clouds"],
    "city": ["over a city", "above a city", "over the city with its lights below", "over a city with its lights below",
             "over a big city", "over the towers of a city", "over the city lights", "over the skyscrapers of a city"],
    "neon": ["over a city of the future full of neon", "over a neon city", "over a futuristic city full of neon",
             "over a neon city of the future", "over a city of neon lights", "over the glowing towers of a neon city",
             "over a cyberpunk city"],
    "mountains": ["over mountains", "over the mountains", "above snowy mountains", "over mountains with snow",
                  "over snowy peaks", "over a mountain range"],
    "storm": ["through storm and smoke", "through a storm", "through dark storm clouds and smoke", "in a storm with lightning",
              "through smoke and lightning", "through a thunderstorm", "through dark clouds of smoke"],
    "sea": ["over the sea", "above the sea", "over the ocean", "over the blue sea", "over the waves of the sea"],
    "hills": ["over green hills", "over the hills", "above green hills with trees", "over green fields and trees"],
    "space": ["in space", "through outer space", "in space with a planet", "among the stars in space", "past a planet in space"],
}
# Where a castle stands, which does not fly.
GROUNDS = {
    "sky": ["above the clouds", "on the clouds", "in a {light} sky with clouds"],
    "mountains": ["in the mountains", "in front of snowy mountains", "among mountains"],
    "hills": ["on green hills", "on a green hill", "in green hills with trees"],
}
LANDSCAPES = {
    "sky": ["clouds in the sky", "a {light} sky with clouds", "white clouds"],
    "city": ["a city", "the towers of a city", "a city skyline", "city lights"],
    "neon": ["a neon city", "a city of the future full of neon", "a futuristic neon city"],
    "mountains": ["mountains", "snowy mountains", "the mountains"],
    "storm": ["a storm", "storm and smoke", "dark storm clouds and lightning"],
    "sea": ["the sea", "the ocean", "waves of the sea"],
    "hills": ["green hills", "green hills with trees"],
    "space": ["space", "a planet in space", "stars and a planet"],
}
LIGHT_WORDS = {
    "day": ["under a clear blue sky", "on a sunny day", "by day", "in the sun", "under a blue sky", "in daylight", "in the morning"],
    "sunset": ["at sunset", "at sunset", "in the evening", "under a red sunset sky", "at dusk"],
    "night": ["at night", "at night", "at night", "under the moon", "on a dark night with stars", "by moonlight", "at midnight"],
}
LIGHT_ADJECTIVES = {"day": ["sunny", "blue", "clear blue"], "sunset": ["sunset", "red evening"],
                    "night": ["night", "dark night"], "storm": ["stormy"]}
PREFIXES = ["", "", "", "", "a storybook picture of ", "storybook drawing, ", "flat illustration, ", "a picture of "]
FILLERS = ["beautiful", "majestic", "cinematic", "detailed", "colourful", "colorful", "bright", "epic", "wide shot",
           "children's book", "vector art", "flat colours", "cartoon", "high quality", "poster", "dramatic", "a scene",
           "animation", "video", "logo", "intro", "channel", "new", "old", "great", "one", "two", "very", "and", "of", "with", "in"]
FILLER_SHARE = 0.2
COLOUR_SHARE = 0.85  # of the captions that tell the subject's colour
LIGHT_SHARE = 0.93


def one_of(rng, options):
    return options[rng.integers(len(options))]


def subject_words(scene, rng):
    """The subject without its verb."""
    colour = f"{scene.colour} " if rng.random() < COLOUR_SHARE else ""
    if scene.subject in ("hero", "swoop"):
        noun = f"{one_of(rng, ['a', 'the'])} {one_of(rng, HERO_NOUNS)}"
        capes = ["with a {}cape", "in a {}cape", "with a {}cape and a blue suit", "in a blue suit and a {}cape"]
        if colour or rng.random() < 0.5:
            noun += " " + one_of(rng, capes).format(colour)
        return noun
    if scene.subject == "castle":
        return f"a castle with {colour or 'tall '}{one_of(rng, ['roofs', 'towers'])}"
    noun = one_of(rng, ["balloon", "hot air balloon"]) if scene.subject == "balloon" else scene.subject
    return f"{one_of(rng, ['a', 'a', 'the'])} {colour}{noun}"


def nonsense(rng):
    letters = list(string.ascii_lowercase)
    return "".join(rng.choice(letters, rng.integers(2, 8)))


def with_fillers(text, rng):
    """One or two words that mean nothing, somewhere in the text."""
    words = text.split(" ")
    for _ in range(rng.integers(1, 3)):
        filler = one_of(rng, FILLERS) if rng.random() < 0.7 else nonsense(rng)
        place = rng.integers(len(words) + 1)
        words[place:place] = [filler + one_of(rng, ["", "", ","])]
    return " ".join(words)


def caption(scene, rng):
    """One way of telling the scene. The setting is always told, the light nearly always."""
    adjective = one_of(rng, LIGHT_ADJECTIVES[scene.light])
    landscape = one_of(rng, LANDSCAPES[scene.setting])
    place = one_of(rng, (GROUNDS if scene.subject == "castle" else PLACES)[scene.setting])
    light = ""
    if scene.setting not in OWN_LIGHT:
        if rng.random() < (0.4 if "{light}" in place else LIGHT_SHARE):
            light = one_of(rng, [" ", " ", ", "]) + one_of(rng, LIGHT_WORDS[scene.light])
    elif scene.setting == "neon" and rng.random() < 0.4:
        light = " at night"
    if scene.subject == "none":
        text = landscape + light
    elif scene.subject != "swoop" and rng.random() < 0.12:
        text = f"{landscape}{light}, with {subject_words(scene, rng)}"
    elif light and rng.random() < 0.12:
        text = f"{light.strip(' ,')}, {subject_words(scene, rng)} {one_of(rng, VERBS[scene.subject])} {place}"
    else:
        text = f"{subject_words(scene, rng)} {one_of(rng, VERBS[scene.subject])} {place}{light}"
    text = one_of(rng, PREFIXES) + text.replace("{light}", adjective).replace("  ", " ")
    return with_fillers(text, rng) if rng.random() < FILLER_SHARE else text


def vocabulary():
    """Every word a caption may hold, nonsense aside, in a fixed order."""
    tables = [HERO_NOUNS, PREFIXES, FILLERS]
    for table in (VERBS, PLACES, GROUNDS, LANDSCAPES, LIGHT_WORDS, LIGHT_ADJECTIVES):
        tables += table.values()
    text = " ".join(phrase for table in tables for phrase in table)
    text += " a the with in an cape and blue suit castle tall roofs towers balloon hot air dragon rocket bird"
    text += " red green yellow purple white orange"
    for mark in ",{}'":
        text = text.replace(mark, " ")
    return sorted(set(text.split()) - {"light"})


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    for seed in range(24):
        print(caption(random_scene(seed), rng))
    print(len(vocabulary()), "words")
