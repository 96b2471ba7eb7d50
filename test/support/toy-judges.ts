/** Small networks in the outputs of known detectors, which see red squares; and one that likes bright pictures. */

import { GraphBuilder, type Value } from "../../src/models/onnx-graph.ts";

/** Mean of one color over squares of `stride` pixels, `[1, cells, 1]`, times `factor` plus `shift`. */
function squares(
  graph: GraphBuilder,
  image: Value,
  stride: number,
  color: number,
  factor: number,
  shift = 0,
): Value {
  const [, , height = 0, width = 0] = image.dims;
  const kernel = new Float32Array(3 * stride * stride);
  kernel.fill(factor / stride ** 2, color * stride ** 2, (color + 1) * stride ** 2);
  const name = `squares.${stride}.${color}`;
  const weight = graph.constant(`${name}.weight`, [1, 3, stride, stride], kernel);
  const bias = graph.constant(`${name}.bias`, [1], new Float32Array([shift]));
  const [rows, columns] = [height / stride, width / stride];
  const means = graph.node("Conv", [image, weight, bias], [1, 1, rows, columns], {
    name,
    attributes: { strides: { ints: [stride, stride] } },
  });
  const cells = rows * columns;
  return graph.node("Reshape", [means, graph.integers([1, cells, 1])], [1, cells, 1], {
    name: `${name}.list`,
  });
}

/** YuNet: red is the third of its colors, of 0–255; a box of one cell around each cell's upper left corner. */
export function toyYunet(side: number): Uint8Array {
  const graph = new GraphBuilder("yunet");
  const image = graph.input("input", [1, 3, side, side]);
  for (const stride of [8, 16, 32]) {
    const cells = (side / stride) ** 2;
    const red = squares(graph, image, stride, 2, 1 / 255);
    for (const part of ["cls", "obj"]) {
      graph.output(graph.node("Identity", [red], red.dims, { name: `${part}_${stride}` }));
    }
    const centers = Float32Array.from({ length: 4 * cells }, (_, i) => (i % 4 < 2 ? 0.5 : 0));
    const bbox = graph.constant(`bbox.${stride}`, [1, cells, 4], centers);
    graph.output(graph.node("Identity", [bbox], bbox.dims, { name: `bbox_${stride}` }));
  }
  return graph.toBytes();
}

/** UltraFace: red is the first color, (value − 127) / 128; the boxes are a grid of 32 pixels. */
export function toyUltraface(height: number, width: number): Uint8Array {
  const graph = new GraphBuilder("ultraface");
  const image = graph.input("input", [1, 3, height, width]);
  const red = squares(graph, image, 32, 0, 128 / 255, 127 / 255);
  const cells = red.dims[1]!;
  const none = graph.constant("background", [1, cells, 1], new Float32Array(cells));
  graph.output(
    graph.node("Concat", [none, red], [1, cells, 2], { name: "scores", attributes: { axis: { int: 2 } } }),
  );
  const columns = width / 32;
  const corners = Float32Array.from({ length: 4 * cells }, (_, i) => {
    const cell = Math.floor(i / 4);
    const [x, y] = [cell % columns, Math.floor(cell / columns)];
    return [x / columns, (y * 32) / height, (x + 1) / columns, ((y + 1) * 32) / height][i % 4]!;
  });
  const boxes = graph.constant("corners", [1, cells, 4], corners);
  graph.output(graph.node("Identity", [boxes], boxes.dims, { name: "boxes" }));
  return graph.toBytes();
}

/** YOLO with `classes`, which sees red as the class `seen`: red is the first color, 0–1; the boxes are a grid of 32 pixels. */
export function toyYolo(side: number, classes: number, seen = 0): Uint8Array {
  const graph = new GraphBuilder("yolo");
  const image = graph.input("images", [1, 3, side, side]);
  const red = squares(graph, image, 32, 0, 1);
  const cells = red.dims[1]!;
  const row = graph.node("Reshape", [red, graph.integers([1, 1, cells])], [1, 1, cells], { name: "row" });
  const columns = side / 32;
  const places = Float32Array.from({ length: 4 * cells }, (_, i) => {
    const cell = i % cells;
    return [32 * (cell % columns) + 16, 32 * Math.floor(cell / columns) + 16, 32, 32][Math.floor(i / cells)]!;
  });
  const rows = [
    graph.constant("places", [1, 4, cells], places),
    ...(seen > 0 ? [graph.constant("before", [1, seen, cells], new Float32Array(seen * cells))] : []),
    row,
  ];
  const after = classes - seen - 1;
  if (after > 0) rows.push(graph.constant("after", [1, after, cells], new Float32Array(after * cells)));
  graph.output(
    graph.node("Concat", rows, [1, 4 + classes, cells], {
      name: "output0",
      attributes: { axis: { int: 1 } },
    }),
  );
  return graph.toBytes();
}

/** The mean of all it is given, as an aesthetic predictor gives it; or of each color, which is none. */
export function toyAesthetic(side: number, perColor = false): Uint8Array {
  const graph = new GraphBuilder("aesthetic");
  const image = graph.input("pixel_values", [1, 3, side, side]);
  const axes = graph.integers(perColor ? [2, 3] : [1, 2, 3]);
  graph.output(
    graph.node("ReduceMean", [image, axes], perColor ? [1, 3] : [1], {
      name: "score",
      attributes: { keepdims: { int: 0 } },
    }),
  );
  return graph.toBytes();
}
