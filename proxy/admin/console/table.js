// A table with a head that stays in sight, ordered by any column, and that scrolls by keyboard where it is too wide.
import { el, fill } from "./dom.js";

/**
 * @typedef {{title: string, value: (row: any) => any, key?: (row: any) => (string|number), number?: boolean,
 *            wrap?: boolean, name?: boolean, actions?: boolean}} Column
 * `key`: what it is ordered by; without it, it is not. `wrap`: prose, which takes what room is left. `name`: one of up to 255
 * characters, which is broken only when it is long
 */
export class Table {
  /**
   * @param {string} caption
   * @param {Column[]} columns
   * @param {string} empty what is said when there are no rows
   * @param {{dense?: boolean}} [more] dense: stays a table on a narrow screen; else each row is a list of names and values
   */
  constructor(caption, columns, empty, { dense = false } = {}) {
    this.columns = columns;
    this.empty = empty;
    this.rows = [];
    this.order = null;
    // The roles are there by themselves until a narrow screen shows rows as blocks.
    this.head = el("tr", { role: "row" });
    this.body = el("tbody", { role: "rowgroup" });
    this.element = el("div", { class: dense ? "scroll dense" : "scroll", tabIndex: 0, role: "region", "aria-label": caption },
      el("table", { role: "table" }, el("caption", {}, caption), el("thead", { role: "rowgroup" }, this.head), this.body));
    this.showHead();
    this.show();
  }

  /** Rows that are the same as before are not touched. @param {any[]} rows */
  set(rows, empty = this.empty) {
    const text = JSON.stringify([rows, empty]);
    if (text === this.text) return;
    this.text = text;
    this.rows = rows;
    this.empty = empty;
    this.show();
  }

  showHead() {
    fill(this.head, this.columns.map((column, index) => {
      const ordered = this.order?.index === index;
      const title = column.key
        ? el("button", { type: "button", onclick: () => this.orderBy(index) }, column.title,
          el("span", { class: "order", "aria-hidden": "true" }, ordered ? (this.order.down ? "▼" : "▲") : ""))
        : column.title;
      return el("th", { scope: "col", role: "columnheader", class: column.number ? "number" : "",
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
    const back = this.focusKept();
    const rows = this.ordered().map((row) => el("tr", { role: "row" }, this.columns.map((column) =>
      el("td", { role: "cell", "data-label": column.title,
        class: [column.number && "number", column.wrap && "wrap", column.actions && "actions"].filter(Boolean).join(" ") },
      column.name ? el("div", { class: "name" }, column.value(row)) : column.value(row)))));
    fill(this.body, rows.length ? rows
      : el("tr", { role: "row" }, el("td", { role: "cell", class: "empty", colSpan: this.columns.length }, el("div", {}, this.empty))));
    back();
  }

  /** Rows are drawn anew under the hands of whoever is at a button of one: the same, or the first of its row, has the focus then. */
  focusKept() {
    const focused = document.activeElement;
    if (!this.body.contains(focused)) return () => {};
    const name = (one) => one.getAttribute("aria-label") ?? one.textContent;
    const [wanted, row] = [name(focused), focused.closest("tr").rowIndex - 1];
    return () => {
      const all = [...this.body.querySelectorAll("button, a")];
      const next = all.find((one) => name(one) === wanted) ?? this.body.rows[row]?.querySelector("button, a") ?? this.element;
      next.focus();
    };
  }
}
