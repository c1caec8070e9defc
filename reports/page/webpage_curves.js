// The curves: four choices say which networks, two what of them, and one box a method.
(async () => {
  const library = document.createElement("script");
  library.textContent = await unpacked("plotly");
  document.head.append(library);
  const curves = JSON.parse(await unpacked("curves-data"));
  const KEYS = ["dataset", "network", "training", "finish"];
  const form = document.getElementById("choices");
  const plot = document.getElementById("plot");
  const lines = document.getElementById("lines");
  const switched = new Map(); // label of a method -> whether the reader wants it
  const ready = () => (document.documentElement.dataset.curves = "ready");
  if (!curves.length) {
    document.querySelector("#curves .drawing").hidden = form.hidden = true;
    document.getElementById("caption").textContent = "No curve was measured in these grids.";
    ready();
    return;
  }

  // What each choice may be depends on those before it; what fits still is kept.
  function fill() {
    let left = curves;
    for (const key of KEYS) {
      const select = form.elements[key];
      const values = [...new Set(left.map((curve) => curve[key]))];
      const kept = values.includes(select.value) ? select.value : values[0];
      select.replaceChildren(...values.map((value) => new Option(value, value)));
      select.value = kept;
      select.disabled = values.length < 2;
      left = left.filter((curve) => curve[key] === kept);
    }
    return left[0];
  }

  function isDrawn(line, all) {
    return switched.get(line.label) ?? (line.plain || !all.some((each) => each.plain));
  }

  function legend(curve) {
    lines.replaceChildren(...curve.lines.map((line) => {
      const box = Object.assign(document.createElement("input"), { type: "checkbox" });
      box.checked = isDrawn(line, curve.lines);
      box.addEventListener("change", () => {
        switched.set(line.label, box.checked);
        draw(curve);
      });
      const sign = Object.assign(document.createElement("span"), { className: "sign", textContent: line.sign });
      sign.style.color = line.colour;
      sign.setAttribute("aria-hidden", "true");
      const count = Object.assign(document.createElement("small"), { textContent: `n = ${line.n}` });
      const label = document.createElement("label");
      label.append(box, sign, ` ${line.label} `, count);
      return label;
    }));
  }

  function decimal(least, most) {
    const steps = most / least > 1000 ? [1] : [1, 2, 5];
    const powers = [-6, -5, -4, -3, -2, -1, 0, 1, 2, 3];
    const ticks = powers.flatMap((power) => steps.map((step) => +`${step}e${power}`));
    return { tickvals: ticks, ticktext: ticks.map(String) };
  }

  // Losses that differ in magnitude: logarithmic. Accuracies: by the logarithm of the errors.
  function scaleOf(quantity, values) {
    const known = values.filter((value) => value !== null);
    const least = Math.min(...known), most = Math.max(...known);
    if (quantity === "loss") {
      const wide = least > 0 && most > 8 * least;
      return { of: (v) => v, axis: wide ? { type: "log", ...decimal(least, most) } : {} };
    }
    if (most - least < 0.1) return { of: (v) => v, axis: { tickformat: ".1%" } };
    const errors = known.map((v) => 1 - v).filter((v) => v > 1e-9);
    const floor = Math.min(...errors) / (errors.length === known.length ? 1 : 2);
    const of = (v) => (v === null ? null : -Math.log10(Math.max(1 - v, floor)));
    const nice = [0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9998, 0.9999];
    const room = 0.08 * (of(most) - of(least));
    const levels = [];
    for (const level of nice) {
      if (!levels.length || of(level) - of(levels.at(-1)) > room) levels.push(level);
    }
    return {
      of,
      axis: { tickvals: levels.map(of), ticktext: levels.map((v) => `${+(100 * v).toFixed(2)} %`) },
    };
  }

  function traces(line, split, quantity, scale, both) {
    const found = line.values[split]?.[quantity];
    if (!found) return [];
    const shown = (v) => (v === null ? "?" : quantity === "loss" ? v.toPrecision(3) : `${(100 * v).toFixed(2)} %`);
    const texts = found.mean.map((v, i) =>
      shown(v) + (found.low ? ` [${shown(found.low[i])}, ${shown(found.high[i])}]` : ""));
    const drawn = [{
      x: found.at,
      y: found.mean.map(scale.of),
      text: texts,
      name: line.label.replaceAll("&", "&amp;").replaceAll("<", "&lt;"), // plotly knows some tags
      mode: split === "train" && both ? "lines" : "lines+markers",
      line: { color: line.colour, width: 2, dash: split === "train" && both ? "dash" : "solid" },
      marker: { symbol: line.symbol, size: 8, color: line.colour, maxdisplayed: 6 },
      hovertemplate: `%{fullData.name}, ${split}<br>λ = %{x:.3f}: %{text}<extra></extra>`,
    }];
    if (found.low && !(split === "train" && both)) {
      drawn.unshift({
        x: [...found.at, ...found.at.toReversed()],
        y: [...found.high, ...found.low.toReversed()].map(scale.of),
        fill: "toself",
        fillcolor: `${line.colour}2e`,
        line: { width: 0 },
        mode: "lines",
        hoverinfo: "skip",
      });
    }
    return drawn;
  }

  function draw(curve) {
    const quantity = form.elements.quantity.value, split = form.elements.split.value;
    const splits = split === "both" ? ["test", "train"] : [split];
    const chosen = curve.lines.filter((line) => isDrawn(line, curve.lines));
    const references = curve.references[splits[0]][quantity];
    const values = chosen.flatMap((line) => splits.flatMap((s) => line.values[s]?.[quantity]?.mean ?? []));
    const scale = scaleOf(quantity, [...values, ...Object.values(references)]);
    const dashes = { networks: "dot", ensemble: "dashdot" };
    const title = `${splits.join(" and ")} ${quantity}${quantity === "loss" ? " (nats)" : ""}`;
    const narrow = plot.clientWidth < 500;
    Plotly.react(
      plot,
      chosen.flatMap((line) => splits.flatMap((s) => traces(line, s, quantity, scale, splits.length > 1))),
      {
        margin: { l: narrow ? 52 : 64, r: 12, t: 34, b: 48 },
        title: { text: title, x: 0, xref: "paper", xanchor: "left", y: 0.97, font: { size: 14 } },
        font: { family: "system-ui, sans-serif", size: 13, color: "#222" },
        paper_bgcolor: "rgba(0,0,0,0)",
        plot_bgcolor: "rgba(0,0,0,0)",
        modebar: { bgcolor: "rgba(0,0,0,0)", color: "#999", activecolor: "#222" },
        showlegend: false,
        hovermode: "closest",
        dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
        xaxis: { title: { text: narrow ? "λ" : "λ, the weight of the second network" }, range: [-0.01, 1.01], gridcolor: "#0000001a", zeroline: false },
        yaxis: { gridcolor: "#0000001a", zeroline: false, automargin: true, ...scale.axis },
        shapes: Object.entries(references).map(([name, value]) => ({
          type: "line", xref: "paper", x0: 0, x1: 1, y0: scale.of(value), y1: scale.of(value),
          layer: "below", line: { color: "#777777", width: 1.5, dash: dashes[name] },
        })),
      },
      {
        responsive: true,
        displaylogo: false,
        modeBarButtons: [["toImage", "resetScale2d"]],
        toImageButtonOptions: { format: "svg", filename: "basinbench-curves" },
      },
    );
    plot.setAttribute("aria-label", `${title} of ${chosen.map((line) => line.label).join("; ") || "no method"}`);
    document.getElementById("caption").textContent = curve.caption;
  }

  function update() {
    const curve = fill();
    legend(curve);
    draw(curve);
    return curve;
  }
  form.addEventListener("change", update);
  document.querySelector("#methods .buttons").addEventListener("click", (event) => {
    const which = event.target.dataset.which;
    if (!which) return;
    for (const line of fill().lines) switched.set(line.label, which === "all" || (which === "plain" && line.plain));
    update();
  });
  for (const each of [form, document.getElementById("methods")]) {
    each.addEventListener("submit", (event) => event.preventDefault());
  }
  addEventListener("beforeprint", () => Plotly.relayout(plot, { width: 660, height: 360 }));
  addEventListener("afterprint", () => Plotly.relayout(plot, { width: null, height: null, autosize: true }));
  update();
  ready();
})();
