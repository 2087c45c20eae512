// The one place where Preact, its hooks, signals and htm meet: views import from here.
import { h } from "preact";
import htm from "htm";

export { render } from "preact";
export { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
export { computed, effect, signal } from "@preact/signals";

export const html = htm.bind(h);
