// The rupture hint as docs/vectors/rupture.json words it: reads {params, series: [[…]…]}, prints [{hints, repaired}…].

import { text } from "node:stream/consumers";

const { params, series } = JSON.parse(await text(process.stdin));
const less = (one, other) => one < other - params.tolerance;
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

function usual(before) {
  const answers = before.filter((value) => value !== null).slice(-params.window);
  if (answers.length < params.min_n) return null;
  const m = sum(answers) / answers.length;
  return { m, s: Math.sqrt(sum(answers.map((value) => (value - m) ** 2)) / (answers.length - 1)) };
}

function below(value, before, times, least) {
  const now = usual(before);
  return value !== null && now !== null && less(value, now.m - times * Math.max(now.s, least));
}

function drifts(until) {
  const row = until.slice(-params.slope_n);
  if (row.length < params.slope_n || row.includes(null)) return false;
  const x = row.map((_, place) => place - (row.length - 1) / 2);
  return !less(params.slope, sum(row.map((value, place) => value * x[place])) / sum(x.map((place) => place ** 2)));
}

function hints(values) {
  const low = values.map((value, at) => below(value, values.slice(0, at), params.soft_sd, params.floor_sd));
  let silentUntil = -1;
  return values.map((value, at) => {
    const before = values.slice(0, at);
    if (value === null || usual(before) === null || at <= silentUntil) return null;
    let hint = null;
    if (below(value, before, params.strict_sd, params.cohort_sd)) hint = "strict";
    else if (low[at] && low[at - 1]) hint = "soft";
    else if (drifts(values.slice(0, at + 1))) hint = "drift";
    if (hint) silentUntil = at + params.quiet;
    return hint;
  });
}

function repaired(values) {
  const flag = hints(values).findLastIndex((hint) => hint !== null);
  const since = values.slice(flag + 1).filter((value) => value !== null);
  return flag >= 0 && since.length > 0 && !below(since.at(-1), values.slice(0, flag), params.repair_sd, params.floor_sd);
}

console.log(JSON.stringify(series.map((values) => ({ hints: hints(values), repaired: repaired(values) }))));
