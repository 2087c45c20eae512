// Six stories, which act on the phones as people would, and say what happens. Each ends with equal replicas.
// To add a story, write `stories/….js` with a function `run`, and list it here.
import { run as answer } from "./stories/answer.js";
import { run as line } from "./stories/line.js";
import { run as together } from "./stories/together.js";
import { run as tunnel } from "./stories/tunnel.js";
import { run as vanishing } from "./stories/vanishing.js";
import { run as week } from "./stories/week.js";

/** The stories. `run` takes {ann, sam, space, say, pause, end}: `say` logs a sentence, `end` notes the end of the pair. */
export const STORIES = [
  { id: "tunnel", title: "Write in a tunnel", run: tunnel },
  { id: "line", title: "Edit the same line apart", run: line },
  { id: "answer", title: "The answer gets lost", run: answer },
  { id: "week", title: "Phone away for a week", run: week },
  { id: "together", title: "Open together", run: together },
  { id: "vanishing", title: "A specialist vanishes", run: vanishing },
];
