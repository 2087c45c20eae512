// Preact, its hooks, signals and htm. All views import them from here.
import { h } from "preact";
import htm from "htm";

export { render } from "preact";
export { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
export { computed, effect, signal } from "@preact/signals";

export const html = htm.bind(h);
