// Lines over the last minutes. Without uPlot in the build there are the latest numbers alone.
import uPlot from "./uPlot.esm.js";
import { el, fill } from "./dom.js";

const dashes = [[], [6, 4], [2, 3], [10, 3, 2, 3]];
const HEIGHT = 170;
const LEAST = 4; // what the height stands for when there is nearly nothing: the noise of single requests looks like it
const STEPS = [1, 2, 5].flatMap((one) => [0, 1, 2, 3, 4, 5, 6, 7].map((power) => one * 10 ** power)).sort((a, b) => a - b);
const pad = (value) => String(value).padStart(2, "0");
const clock = (seconds) => {
  const when = new Date(seconds * 1000);
  return `${pad(when.getHours())}:${pad(when.getMinutes())}:${pad(when.getSeconds())}`;
};
const shade = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export class Chart {
  /**
   * @param {string} title
   * @param {string[]} series at most four
   * @param {(value: number) => string} show at the axis
   * @param {AbortSignal} signal
   * @param {(value: number) => string} [said] in the legend
   */
  constructor(title, series, show, signal, said = show) {
    this.series = series;
    this.show = show;
    this.said = said;
    this.title = title;
    this.data = [[], ...series.map(() => [])];
    this.place = el("div", { class: "chart", role: "img", "aria-label": title });
    this.legend = el("div", { class: "legend" });
    this.element = el("section", {}, el("h2", {}, title), uPlot ? this.place : null, this.legend);
    if (uPlot) this.mindSize(signal);
  }

  mindSize(signal) {
    const sized = new ResizeObserver(() => this.draw());
    sized.observe(this.place);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", () => { this.forget(); this.draw(); }, { signal });
    signal.addEventListener("abort", () => { sized.disconnect(); this.forget(); }, { once: true });
  }

  forget() { this.plot?.destroy(); this.plot = null; }

  /** @param {number[]} times seconds @param {Array<number[]>} values one array for each series */
  set(times, values) {
    this.data = [times, ...values];
    const told = this.series.map((name, index) => `${name} ${this.latest(values[index])}`).join(", ");
    if (uPlot) this.draw();
    if (told === this.told) return;
    this.told = told;
    fill(this.legend, this.series.map((name, index) => el("span", {}, el("span", { class: `key s${index + 1}`, "aria-hidden": "true" }),
      `${name} `, el("b", {}, this.latest(values[index])))));
    this.place.setAttribute("aria-label", `${this.title}: ${told}`);
  }

  latest(values) {
    const last = values.at(-1);
    return last === undefined || last === null ? "–" : this.said(last);
  }

  draw() {
    const width = this.place.clientWidth;
    if (width === 0 || this.data[0].length < 2) return;
    if (!this.plot) {
      this.plot = new uPlot(this.options(width), this.data, this.place);
      return;
    }
    if (this.plot.width !== width) this.plot.setSize({ width, height: HEIGHT });
    this.plot.setData(this.data);
  }

  options(width) {
    const axis = { stroke: shade("--muted"), grid: { stroke: shade("--line"), width: 1 }, ticks: { show: false }, font: "11px system-ui" };
    return {
      width, height: HEIGHT, cursor: { show: false }, legend: { show: false },
      scales: { x: { range: (_, from, to) => [Math.min(from, to - 60), to] }, y: { range: (_, from, to) => [0, Math.max(to * 1.1, LEAST)] } },
      axes: [{ ...axis, size: 26, values: (_, all) => all.map(clock) }, { ...axis, size: 56, incrs: STEPS, values: (_, all) => all.map((one) => (one === 0 ? "0" : this.show(one))) }],
      series: [{}, ...this.series.map((name, index) => ({
        label: name, stroke: shade(`--series-${index + 1}`), width: 2, dash: dashes[index], points: { show: false },
      }))],
    };
  }
}
