// Form fields. Each has a label; a hint says what the field is for.
import { html, useId, useLayoutEffect, useRef } from "../lib/html.js";
import { t } from "../lib/words.js";

/** A line of text: `type` is text, password, time, number or datetime-local. */
export function Line({ label, hint, value, onValue, type = "text", ...rest }) {
  const id = useId();
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
    <input id=${id} type=${type} dir=${type === "text" ? "auto" : null} aria-describedby=${hint ? `${id}-hint` : null}
      value=${value} onInput=${(event) => onValue(event.currentTarget.value)} ...${rest} />
  </div>`;
}

/** A longer text, which grows as it is written, and says when it becomes too long. */
export function Area({ label, hint, value, onValue, most, rows = 3, ...rest }) {
  const id = useId();
  const area = useGrowing(value);
  const left = most - [...value].length;
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
    <textarea id=${id} ref=${area} rows=${rows} dir="auto" aria-describedby=${hint ? `${id}-hint` : null}
      value=${value} onInput=${(event) => onValue(event.currentTarget.value)} ...${rest} />
    <${Left} left=${left} most=${most} />
  </div>`;
}

/** Say how many characters are left, once fewer than a twentieth are. */
export function Left({ left, most }) {
  if (!(left < most / 20)) return null;
  return html`<p class="hint" role="status">${left < 0 ? t("field.over", { count: -left }) : t("field.left", { count: left })}</p>`;
}

/** Let a text area grow with its lines, where the browser does not do so itself. */
export function useGrowing(value) {
  const area = useRef(null);
  useLayoutEffect(() => {
    if (CSS.supports("field-sizing", "content") || !area.current) return;
    area.current.rows = Math.min(12, Math.max(1, value.split("\n").length + Math.floor(value.length / 60)));
  }, [value]);
  return area;
}

/** A choice of one option: `options` is [[value, words, hint?]…]. */
export function One({ legend, hint, options, value, onValue }) {
  const name = useId();
  return html`<fieldset class="choices">
    <legend>${legend}</legend>
    ${hint && html`<p class="hint">${hint}</p>`}
    ${options.map(
      ([option, words, more]) => html`<label class="choice" key=${option}>
        <input type="radio" name=${name} checked=${value === option} onChange=${() => onValue(option)} />
        <span dir="auto">${words}${more && html`<small>${more}</small>`}</span>
      </label>`,
    )}
  </fieldset>`;
}

/** A choice of up to `most` options: `value` is the list of the chosen values. */
export function Some({ legend, hint, options, value, onValue, most = Infinity }) {
  const toggled = (option) => (value.includes(option) ? value.filter((one) => one !== option) : [...value, option]);
  return html`<fieldset class="choices">
    <legend>${legend}</legend>
    ${hint && html`<p class="hint">${hint}</p>`}
    ${options.map(
      ([option, words, more]) => html`<label class="choice" key=${option}>
        <input type="checkbox" checked=${value.includes(option)} disabled=${!value.includes(option) && value.length >= most}
          onChange=${() => onValue(toggled(option))} />
        <span dir="auto">${words}${more && html`<small>${more}</small>`}</span>
      </label>`,
    )}
  </fieldset>`;
}

/** A checkbox: yes or no. */
export function Switch({ label, hint, value, onValue }) {
  return html`<label class="choice">
    <input type="checkbox" checked=${value} onChange=${() => onValue(!value)} />
    <span>${label}${hint && html`<small>${hint}</small>`}</span>
  </label>`;
}

/** A form that is sent without a reload, and only once: while `onSend` runs, a second tap does nothing. */
export function Form({ onSend, children }) {
  const isSending = useRef(false);
  async function send(event) {
    event.preventDefault();
    if (isSending.current) return;
    isSending.current = true;
    await Promise.resolve(onSend()).finally(() => (isSending.current = false));
  }
  return html`<form class="form" onSubmit=${send}>${children}</form>`;
}
