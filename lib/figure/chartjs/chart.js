// Draws a chart that package figure describes into an element, with the library
// ECharts if a page has it. The description is data; all that runs is here.
// Returns whether it was drawn.
(element, chart) => {
  "use strict";
  const library = globalThis.echarts;
  if (!library) return false;

  // On a dark page each colour has its counterpart, as in the pictures.
  const body = document.body;
  const theme = body.dataset.jpThemeLight;
  const dark = theme ? theme === "false"
    : body.classList.contains("vscode-dark") || matchMedia("(prefers-color-scheme: dark)").matches;
  const themed = (v) => {
    if (typeof v === "string") return dark && Object.hasOwn(chart.dark, v) ? chart.dark[v] : v;
    if (Array.isArray(v)) return v.map(themed);
    if (v && typeof v === "object") return Object.fromEntries(Object.entries(v).map(([k, w]) => [k, themed(w)]));
    return v;
  };

  const line = (a, b, style) => ({ type: "line", shape: { x1: a[0], y1: a[1], x2: b[0], y2: b[1] }, style });
  const group = (children) => ({ type: "group", children, silent: true });
  const polygon = (points, style) => ({ type: "polygon", shape: { points }, style, silent: true });
  const polyline = (points, style) => ({ type: "polyline", shape: { points }, style, silent: true });

  // head is a triangle with its tip at b, seen from a.
  const head = (a, b, size, color) => {
    const d = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1;
    const u = (size * (b[0] - a[0])) / d, v = (size * (b[1] - a[1])) / d;
    return polygon([b, [b[0] - u - 0.4 * v, b[1] - v + 0.4 * u], [b[0] - u + 0.4 * v, b[1] - v - 0.4 * u]], { fill: color });
  };

  // What ECharts has no series for. Each gets what the series says of it, and
  // draws its i-th part.
  const renderers = {
    band: (s) => (p, api) => {
      const run = s.runs[p.dataIndex];
      const side = (k) => run.map((r) => api.coord([r[0], r[k]]));
      return polygon(side(1).concat(side(2).reverse()), { fill: s.color, opacity: s.opacity });
    },
    area: (s) => (p, api) => ({
      type: "path", silent: true, style: { fill: s.colors[p.dataIndex], fillRule: "nonzero" },
      shape: { pathData: s.areas[p.dataIndex].map((loop) => "M" + loop.map((q) => api.coord(q).join(" ")).join("L") + "Z").join("") },
    }),
    paths: (s) => (p, api) => {
      const path = s.paths[p.dataIndex].map((q) => api.coord(q));
      const color = s.colors ? s.colors[p.dataIndex] : s.color;
      const parts = [polyline(path, { stroke: color, lineWidth: s.width, fill: "none" })];
      const middle = path.length >> 1;
      if (s.arrows && middle > 0) parts.push(head(path[middle - 1], path[middle], s.size, color));
      return group(parts);
    },
    segments: (s) => (p, api) => {
      const a = api.coord([api.value(0), api.value(1)]), b = api.coord([api.value(2), api.value(3)]), share = api.value(4);
      const parts = [line(a, b, { stroke: s.color, lineWidth: Math.max(0.3, s.width * share), opacity: 0.3 + 0.7 * share })];
      if (s.arrows && Math.hypot(b[0] - a[0], b[1] - a[1]) > s.size) parts.push(head(a, b, s.size, s.color));
      return group(parts);
    },
    // Cells stand in columns, each from the bottom up.
    cells: (s) => (p, api) => {
      const n = s.y.length - 1, i = Math.floor(p.dataIndex / n), j = p.dataIndex % n;
      if (!Number.isFinite(api.value(2))) return;
      const a = api.coord([s.x[i], s.y[j + 1]]).map(Math.round), b = api.coord([s.x[i + 1], s.y[j]]).map(Math.round);
      const shape = library.graphic.clipRectByRect({ x: a[0], y: a[1], width: b[0] - a[0], height: b[1] - a[1] }, p.coordSys);
      return shape && { type: "rect", shape, style: { fill: api.visual("color") } };
    },
    // The i-th of n bars that share a place has its error bar in its middle.
    errors: (s) => (p, api) => {
      const at = (v) => {
        const q = api.coord(s.sideways ? [v, api.value(0)] : [api.value(0), v]);
        if (s.of) {
          const k = s.sideways ? 1 : 0;
          q[k] += ((s.nth + 0.5) / s.of - 0.5) * 0.76 * api.size([1, 1])[k];
        }
        return q;
      };
      const lo = at(api.value(1)), hi = at(api.value(2)), style = { stroke: s.color, lineWidth: 1.3 };
      const cap = (q) => (s.sideways ? line([q[0], q[1] - 3], [q[0], q[1] + 3], style) : line([q[0] - 3, q[1]], [q[0] + 3, q[1]], style));
      const parts = [line(lo, hi, style), cap(lo), cap(hi)];
      if (s.labels) {
        const away = s.sideways ? { x: hi[0] + 5, y: hi[1], verticalAlign: "middle" } : { x: hi[0], y: hi[1] - 4, align: "center", verticalAlign: "bottom" };
        parts.push({ type: "text", style: { text: s.labels[p.dataIndex], fill: s.color, fontSize: 14, ...away } });
      }
      return group(parts);
    },
    levels: (s) => (p, api) => {
      const half = s.sideways ? api.size([0, 1])[1] / 2 : api.size([1, 0])[0] / 2;
      const q = api.coord(s.sideways ? [api.value(1), api.value(0)] : [api.value(0), api.value(1)]);
      const style = { stroke: s.color, lineWidth: 1.6, lineDash: s.dash };
      return s.sideways ? line([q[0], q[1] - half], [q[0], q[1] + half], style) : line([q[0] - half, q[1]], [q[0] + half, q[1]], style);
    },
    rule: (s) => (p, api) => {
      const c = p.coordSys, q = api.coord([s.at, s.at]), style = { stroke: s.color, lineWidth: 1.3, lineDash: s.dash };
      return s.vertical ? line([q[0], c.y], [q[0], c.y + c.height], style) : line([c.x, q[1]], [c.x + c.width, q[1]], style);
    },
    note: (s) => (p, api) => {
      const q = api.coord([api.value(0), api.value(1)]);
      const right = q[0] > p.coordSys.x + 0.7 * p.coordSys.width;
      return { type: "text", silent: true, style: { text: s.text, x: q[0] + (right ? -4 : 4), y: q[1] - 4, align: right ? "right" : "left", verticalAlign: "bottom", fill: s.color, fontSize: 12 } };
    },
  };
  const digits = (v) => (typeof v === "number" ? String(Number(v.toPrecision(5))) : v == null ? "" : String(v));
  const complete = (option) => {
    for (const s of option.series || []) if (s.type === "custom") s.renderItem = renderers[s.draw.kind](s.draw);
    if (option.tooltip) Object.assign(option.tooltip, { renderMode: "richText", valueFormatter: digits });
    (option.options || []).concat(option.baseOption || []).forEach(complete);
    return option;
  };

  library.getInstanceByDom(element)?.dispose();
  element.replaceChildren();
  const drawn = library.init(element);
  drawn.setOption(complete(themed(chart.option)));
  if (globalThis.ResizeObserver) new ResizeObserver(() => drawn.isDisposed() || drawn.resize()).observe(element);
  return true;
}
