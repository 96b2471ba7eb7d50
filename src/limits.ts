/** Every bound on what people, files and servers may ask for, so that no input exhausts memory, time or the stack. */

/** Each comment begins with the unit and then says why this number; `docs/reference/limits.md` is generated from them. */
const limits = {
  /** Schedules and other files in YAML. */
  yaml: {
    /** Bytes. Far above any real schedule (the longest public ones are below 100 KB), small enough to parse in well under a second. */
    bytes: 256 * 1024,
    /** Levels. Settings nest 4 deep; the parser composes recursively and can abort the whole process on a few thousand levels. */
    depth: 64,
    /** Aliases. They are a convenience for repeating a curve; many of them are an attack on memory. */
    aliases: 20,
    /** Values. Counted after aliases are written out; a file of the greatest length without aliases stays below this. */
    values: 200_000,
  },

  /** Settings, and settings files of other programs. */
  settings: {
    /** Bytes. Far above any schedule and any settings file of another program, a long animation's Parseq manifest included. */
    fileBytes: 16 * 1024 * 1024,
    /** Characters. JSON of another program: settings files with a Parseq manifest of a long animation inside have a few megabytes. */
    jsonCharacters: 8 * 1024 * 1024,
    /** Levels. JSON of another program: its settings nest 2 deep, its manifests 4. */
    jsonDepth: 64,
    /** Values. JSON of another program: enough for 8,000 frames of all of Parseq's numbers. */
    jsonValues: 1_500_000,
    /** Characters. A text of a setting: far above any prompt, far below what could slow a tokenizer. */
    textCharacters: 10_000,
    /** Mistakes. More than anyone mends in one go; a damaged file may have a hundred thousand. */
    mistakes: 100,
    /** Frames. More than an hour at 25 frames per second; a plan of as many is made in seconds. */
    frames: 100_000,
    /** Pixels. A side of the picture: activations grow with its square, and beyond this no model of today draws sense. */
    pictureSide: 2048,
    /** Steps. Samplers gain nothing beyond a few hundred. */
    steps: 1000,
    /** Frames per second. The fastest that displays show. */
    fps: 120,
    /** ControlNets. More cost memory for nothing that anyone has asked for. */
    controlNets: 8,
    /** Formats of stills. More than any upload form wants; each is a picture to enlarge and encode. */
    stillFormats: 8,
    /** Pixels. A side of a still: twice the width of 4K. */
    stillSide: 8192,
    /** Characters. A title on a still: twice the longest title of a video. */
    stillTitleCharacters: 200,
    /** Characters. A sampler's name, far beyond the longest. */
    samplerCharacters: 64,
  },

  /** The schedule language. */
  schedule: {
    /** Characters. As many as the file may have. */
    characters: 256 * 1024,
    /** Brackets and quotes. Around the value of a key, which people wrap once or twice. */
    wrappings: 64,
    /** Characters. A page of formula; the longest in public schedules have 300. */
    formulaCharacters: 4096,
    /** Levels. The parser recurses; nobody counts more than ten brackets. */
    formulaDepth: 64,
    /** Operations. Each is one pass over all frames. */
    formulaNodes: 2000,
    /** Frames times operations. A formula with `prev` cannot be evaluated for all frames at once: this takes a second at most. */
    formulaSteps: 2_000_000,
    /** Levels. Brackets of a mask's expression; deeper ones would only be meant to exhaust the stack. */
    maskDepth: 100,
  },

  /** Prompts. */
  prompt: {
    /** Characters. Closing brackets re-weigh everything inside them, so time grows with length squared. */
    characters: 10_000,
    /** Levels. Edits inside edits; nobody writes more than three. */
    editDepth: 32,
    /** Chunks. Each is read by the text encoder and by every attention layer: a prompt of more is a mistake, or an attack on memory. */
    chunks: 32,
    /** Parts. What AND joins: each is one more evaluation of the network per step. */
    parts: 16,
    /** Factor. Weight of words: far beyond any useful emphasis, and far below what overflows a float in the networks. */
    weight: 10_000,
    /** Factor. Weight of a part: far beyond any useful one, and far below what overflows in the networks. */
    partWeight: 1000,
  },

  /** Picture files. */
  picture: {
    /** Pixels. 4096 × 4096: a file of 249 kB may claim 256 megapixels and cost seconds of processor and a gigabyte of memory. */
    pixels: 4096 * 4096,
    /** Pixels. Photographs as references or footage: the largest that cameras of phones give; what claims more wants to be reduced first. */
    photoPixels: 8192 * 8192,
    /** Bytes. An uncompressed 16-bit RGBA picture of the most pixels; nothing that is accepted is larger. */
    fileBytes: 4096 * 4096 * 8,
    /** Bytes. A compressed text in a PNG, unpacked: 4 MB of zeros deflate to 4 kB. */
    textBytes: 4 * 1024 * 1024,
    /** Bytes. A caption is a sentence or a list of tags; what is longer is another kind of file. */
    captionBytes: 16 * 1024,
    /** Bytes. Chinese, Japanese and Korean fonts of all weights have up to 30 MB. */
    fontBytes: 64_000_000,
  },

  /** Video files, and the programs that read them. */
  video: {
    /** Pixels. 16384 × 8192: a frame that claims more is nobody's video but somebody's attack. */
    framePixels: 16384 * 8192,
    /** Bytes. What ffprobe says of a file: streams and tags, a few kB. */
    answerBytes: 16 * 1024 * 1024,
    /** Milliseconds. ffprobe reads headers at once; the limit only has to catch a file on which it hangs. */
    inspectMs: 60_000,
    /** Milliseconds. No decoder needs longer for a frame; the limit only has to catch one that hangs. */
    stallMs: 60_000,
    /** Milliseconds. Decoding our own video to verify it runs faster than encoding did. */
    verifyMs: 30 * 60_000,
    /** Bytes. Settings inside a video's metadata: Linux passes at most 128 kB in one argument. */
    metadataBytes: 64 * 1024,
  },

  /** Weights in safetensors files. */
  safetensors: {
    /** Bytes. SDXL needs 0.4 MB for the header of 2,515 tensors; Hugging Face's own reader stops here, too. */
    headerBytes: 25_000_000,
    /** Tensors. A header within its limit could name millions of empty ones. */
    tensors: 100_000,
    /** Characters. The longest name of a tensor in use has 99. */
    nameCharacters: 512,
    /** Characters. Trainers put whole settings files and tag counts into one metadata value. */
    metadataCharacters: 10_000_000,
    /** Dimensions. Convolutions have 4, those of video models 5. */
    dimensions: 8,
    /** Bytes. The index of a split file: that of SDXL's UNet has 0.2 MB. */
    indexBytes: 16_000_000,
    /** Files. SDXL's UNet in full precision is split into 2. */
    shards: 256,
  },

  /** ONNX files. */
  onnx: {
    /** Bytes. Larger models keep their weights beside the file; ONNX itself ends here. */
    fileBytes: 2 ** 31 - 1,
    /** Levels. Graphs lie in graphs, and a hostile file could go on without end; ONNX's own reader stops here, too. */
    depth: 100,
    /** Nodes. An export of SDXL's UNet has 10,000. */
    nodes: 500_000,
    /** Bytes. A text in a graph, longer than any that is asked for. */
    textBytes: 64 * 1024,
    /** Factor. What an upscaler enlarges by; the known ones do 2 to 4. */
    upscale: 8,
    /** Tokens. A caption; nobody asks for more than a paragraph. */
    captionTokens: 128,
    /** Beams. Of a captioner's search, each a run of the network. */
    captionBeams: 16,
  },

  /** What a model's files say of it. */
  model: {
    /** Bytes. Configs have a few KB. */
    configBytes: 1_000_000,
    /** Bytes. A config beside a checkpoint or a network for pictures: 2 KB. */
    smallConfigBytes: 100_000,
    /** Bytes. CLIP's vocabulary has 1 MB, its merges 0.5 MB, a `tokenizer.json` 2 MB. */
    tokenizerBytes: 32_000_000,
    /** Bytes. The words that a small model knows: a thousand times those of the embedded one. */
    wordListBytes: 1_000_000,
    /** Levels. SD 1.x has 4 blocks each way. */
    blocks: 8,
    /** Layers. Twice what the largest text encoder has: no file can ask for a graph without end. */
    layers: 64,
    /** Channels. The widest layer of SDXL has 10,240. */
    width: 65_536,
    /** Tokens. A text at once: CLIP reads 77. */
    positions: 4096,
    /** Tokens. A vocabulary: CLIP's has 49,408. */
    vocabulary: 1_000_000,
  },

  /** The library of models, and the servers that fill it. */
  library: {
    /** Folders. People sort files by family and author; deeper trees are something else. */
    depth: 4,
    /** Files. Looked at in one folder with all below it; a library has hundreds. */
    entries: 20_000,
    /** Files. The largest repositories of models have some hundred. */
    repositoryFiles: 5000,
    /** Answers. A list of files comes in pages of a thousand. */
    repositoryPages: 20,
    /** Bytes. All pages of a list of files. */
    repositoryBytes: 16_000_000,
    /** Characters. Part of a path that a server names; file systems end at 255 bytes. */
    nameCharacters: 200,
    /** Parts. A path that a server names; models lie 2 deep. */
    nameDepth: 8,
    /** Seconds. A server may ask for a pause; longer ones are told instead of waited for. */
    pauseSeconds: 120,
  },

  /** Pictures for a title. */
  brainstorm: {
    /** Rows, and columns. More would be too small to see. */
    axis: 100,
    /** Pictures. One sheet. */
    pictures: 400,
    /** Characters. Three times what a video platform allows. */
    titleCharacters: 300,
    /** Texts. Templates, styles or subjects of a channel: far more than a sheet has rows. */
    channelTexts: 200,
    /** Characters. One text of a channel. */
    channelCharacters: 2000,
  },
};

export const LIMITS: { readonly [Group in keyof typeof limits]: Readonly<(typeof limits)[Group]> } = limits;
