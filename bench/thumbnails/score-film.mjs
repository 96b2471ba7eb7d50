/** Scores every frame of a video as `animate thumbnails` does, and prints how many there were: what speed.mjs takes the time of. */

import { openFootage } from "../../dist/footage/open-footage.js";
import { openScorePool } from "../../dist/scoring/score-pool.js";
import { scoreFootage } from "../../dist/thumbnails/score-footage.js";

const pool = openScorePool();
const { frames } = await scoreFootage(await openFootage(process.argv[2]), { pool });
await pool.close();
console.log(frames.length);
