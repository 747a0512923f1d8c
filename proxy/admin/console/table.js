// A table with a head that stays in sight, ordered by any column, and that scrolls by keyboard where it is too wide.
import { el, fill } from "./dom.js";

/**
 * @typedef {{title: string, value: (row: any) => any, key?: (row: any) => (string|number), number?: boolean,
 *            wrap?: boolean, actions?: boolean}} Column `key`: what it is ordered by; without it, it is not
 */
export class Table {
  /** @param {string} caption @param {Column[]} columns @param {string} empty what is said when there are no rows */
  constructor(caption, columns, empty) {
    this.columns = columns;
    this.empty = empty;
    this.rows = [];
    this.order = null;
    this.head = el("tr");
    this.body = el("tbody");
    this.element = el("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": caption },
      el("table", {}, el("caption", {}, caption), el("thead", {}, this.head), this.body));
    this.showHead();
    this.show();
  }

  /** Rows that are the same as before are not touched. @param {any[]} rows */
  set(rows) {
    const text = JSON.stringify(rows);
    if (text === this.text) return;
    this.text = text;
    this.rows = rows;
    this.show();
  }

  showHead() {
    fill(this.head, this.columns.map((column, index) => {
      const ordered = this.order?.index === index;
      const title = column.key
        ? el("button", { type: "button", onclick: () => this.orderBy(index) }, column.title, ordered ? (this.order.down ? " ▼" : " ▲") : "")
        : column.title;
      return el("th", { scope: "col", class: column.number ? "number" : "",
        "aria-sort": ordered ? (this.order.down ? "descending" : "ascending") : null }, title);
    }));
  }

  orderBy(index) {
    this.order = { index, down: this.order?.index === index && !this.order.down };
    this.showHead();
    this.head.querySelectorAll("th")[index].querySelector("button").focus();
    this.show();
  }

  ordered() {
    if (!this.order) return this.rows;
    const { key } = this.columns[this.order.index];
    const way = this.order.down ? -1 : 1;
    return [...this.rows].sort((a, b) => {
      const [x, y] = [key(a), key(b)];
      return way * (typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y)));
    });
  }

  show() {
    const rows = this.ordered().map((row) => el("tr", {}, this.columns.map((column) =>
      el("td", { class: [column.number && "number", column.wrap && "wrap", column.actions && "actions"].filter(Boolean).join(" ") },
        column.value(row)))));
    fill(this.body, rows.length ? rows : el("tr", {}, el("td", { class: "muted", colSpan: this.columns.length }, this.empty)));
  }
}
