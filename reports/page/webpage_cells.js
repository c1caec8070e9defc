// The table of all cells: sorting, choices above it, and the rest of a row behind its "+".
const library = await unpacked("datatables");
const { default: DataTable } = await import(`data:text/javascript,${encodeURIComponent(library)}`);

const data = JSON.parse(await unpacked("cells-data"));
const columns = data.columns;
const escape = DataTable.util.escapeHtml;

const formats = {
  share: (value) => (100 * value).toFixed(2),
  nats: (value) => Number(value).toFixed(3).replace(/^-0\.000$/, "0.000").replace("-", "−"),
  number: (value) => String(Number(value)),
  seconds: (value) =>
    value >= 1 ? `${Number(value).toFixed(1)} s`
    : value >= 1e-3 ? `${(1e3 * value).toFixed(1)} ms`
    : `${(1e6 * value).toFixed(0)} µs`,
};

function written(index, value) {
  const column = columns[index];
  if (value === null || value === "") return "";
  if (column.kind !== "text") return formats[column.kind](value);
  const method = column.title === "Method" && data.methods[value];
  const sign = method
    ? `<span class="sign" style="color:${method.colour}" aria-hidden="true">${method.sign}</span> ` : "";
  return sign + escape(value);
}

function valueOf(column, row) {
  return column.kind === "text" ? column.texts[column.places[row]] : column.values[row];
}

// Blanks come last whichever way a column is sorted; widths and seeds go by their size.
const compare = new Intl.Collator("en", { numeric: true }).compare;
const blank = (value) => value === null || value === "";
for (const [kind, order] of [["text", compare], ["measured", (a, b) => a - b]]) {
  const sorted = (sign) => (a, b) => blank(a) - blank(b) || (blank(a) ? 0 : sign * order(a, b));
  DataTable.ext.type.order[`${kind}-asc`] = sorted(1);
  DataTable.ext.type.order[`${kind}-desc`] = sorted(-1);
}

const more = {
  title: '<span class="hidden">Details</span>',
  data: null,
  orderable: false,
  searchable: false,
  className: "more",
  defaultContent:
    '<button type="button" aria-expanded="false" aria-label="All values of this cell">+</button>',
};
const rows = Array.from({ length: data.count }, (_, row) => columns.map((c) => valueOf(c, row)));
const table = new DataTable("#cells-table", {
  data: rows,
  columns: [
    more,
    ...columns.map((column, index) => ({
      title: column.title,
      data: index,
      type: column.kind === "text" ? "text" : "measured",
      className: column.kind === "text" ? `is-${column.title.toLowerCase()}` : "number",
      render: (value, type) =>
        type === "display" ? written(index, value)
        : type === "export" && /^'*[=+\-@]/.test(column.kind === "text" ? value : "") ? `'${value}`
        : value,
    })),
  ],
  order: [],
  autoWidth: false,
  deferRender: true,
  pageLength: 10,
  lengthMenu: [10, 100, 500],
  layout: {
    topStart: "search",
    topEnd: {
      buttons: [{
        extend: "csvHtml5",
        text: "Save as CSV",
        title: "basinbench-cells",
        exportOptions: { columns: ":not(.more)", orthogonal: "export" },
      }],
    },
    bottomStart: ["info", "pageLength"],
    bottomEnd: "paging",
  },
  language: {
    search: "Search",
    entries: { _: "cells", 1: "cell" },
    lengthMenu: "_MENU_ a page",
    emptyTable: "There are no cells.",
    zeroRecords: "No cell fits these choices.",
  },
});

const columnOf = (index) => table.column(index + 1); // behind the buttons

// What a row holds besides, under it.
table.on("click", "td.more button", (event) => {
  const button = event.target.closest("button");
  const row = table.row(button.closest("tr"));
  const open = !row.child.isShown();
  if (open) {
    const items = columns
      .map((column, index) => [column.title, written(index, row.data()[index])])
      .filter(([, text]) => text !== "")
      .map(([title, text]) => `<div><dt>${escape(title)}</dt><dd>${text}</dd></div>`);
    row.child(`<dl class="details">${items.join("")}</dl>`).show();
  } else row.child.hide();
  button.setAttribute("aria-expanded", open);
  button.textContent = open ? "−" : "+";
});

// A choice for each column that asks for one.
const filters = document.getElementById("filters");
columns.forEach((column, index) => {
  if (!column.filter || column.texts.length < 2) return;
  const select = document.createElement("select");
  select.name = column.title;
  select.append(new Option("all", ""));
  for (const text of [...column.texts].sort(compare)) {
    select.append(new Option(text || "(none)", `=${text}`));
  }
  select.addEventListener("change", () => {
    const chosen = select.value;
    const fits = (_, row) => `=${row[index]}` === chosen;
    columnOf(index).search.fixed("choice", chosen ? fits : null).draw();
  });
  const label = document.createElement("label");
  label.append(`${column.title} `, select);
  filters.append(label);
});
const clear = Object.assign(document.createElement("button"), { type: "reset", textContent: "Clear" });
filters.append(clear);
filters.addEventListener("reset", () => {
  for (const index of columns.keys()) columnOf(index).search.fixed("choice", null);
  table.search("").draw();
});
filters.addEventListener("submit", (event) => event.preventDefault());

// As many columns as the screen has room for, unless the reader chose.
const chosen = new Map();
const boxes = columns.map((column, index) => {
  const box = Object.assign(document.createElement("input"), { type: "checkbox" });
  box.addEventListener("change", () => {
    chosen.set(index, box.checked);
    columnOf(index).visible(box.checked);
  });
  const label = document.createElement("label");
  label.append(box, ` ${column.title}`);
  document.getElementById("columns").append(label);
  return box;
});
function arrange(width) {
  columns.forEach((column, index) => {
    const fits = column.width !== null && column.width <= width;
    boxes[index].checked = chosen.get(index) ?? fits;
    columnOf(index).visible(boxes[index].checked, false);
  });
  table.columns.adjust();
}
arrange(innerWidth);
let last = innerWidth;
addEventListener("resize", () => {
  if (innerWidth !== last) arrange((last = innerWidth));
});
addEventListener("beforeprint", () => arrange(700));
addEventListener("afterprint", () => arrange(innerWidth));

const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark", dark.matches);
dark.addEventListener("change", follow);
follow();
document.documentElement.dataset.cells = "ready";
