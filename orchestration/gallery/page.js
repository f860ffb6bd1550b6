"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const photos = JSON.parse(byId("data").textContent);
  const cards = byId("cards");
  const filters = byId("filters");
  const viewer = byId("viewer");
  const slide = byId("slide");
  let current = 0;
  let place = 0;
  let zoom = 1;

  // ---- filters ----
  const keys = {
    loss: (photo, at) => at,
    share: (photo) => photo.share,
    before: (photo) => -photo.before,
    name: (photo) => photo.name,
  };

  function isWanted(state, folder, share) {
    const asked = new FormData(filters);
    const [from, to] = (asked.get("share") || "0 1e9").split(" ").map(Number);
    return (!asked.get("state") || asked.get("state") === state)
      && (!asked.get("folder") || asked.get("folder") === folder)
      && (share === null ? !asked.get("share") : share >= from && share < to);
  }

  function filter() {
    const key = keys[new FormData(filters).get("sort")] || keys.loss;
    const order = photos.map((photo, at) => [key(photo, at), at]);
    order.sort(([one, at], [other, more]) => (one < other ? -1 : one > other ? 1 : at - more));
    const all = [...cards.children];
    const byAt = new Map(all.map((card) => [Number(card.dataset.at), card]));
    let seen = 0;
    for (const [, at] of order) {
      const card = byAt.get(at);
      const { state, folder, share } = photos[at];
      card.hidden = !isWanted(state, folder, share);
      seen += card.hidden ? 0 : 1;
      cards.append(card);
    }
    const rows = document.querySelectorAll("#without tbody tr");
    let left = 0;
    for (const row of rows) {
      row.hidden = !isWanted(row.dataset.state, row.dataset.folder, null);
      left += row.hidden ? 0 : 1;
    }
    if (byId("without")) byId("without").hidden = !left;
    const many = photos.length === 1 ? "photo" : "photos";
    byId("count").textContent = `${seen} of ${photos.length} ${many} shown`;
  }

  const visible = () => [...cards.children]
    .filter((card) => !card.hidden && card.querySelector(".open"))
    .map((card) => Number(card.dataset.at));

  // ---- labels ----
  // Distinguishable for most colour-blind people: Okabe and Ito, Color Universal Design, 2008.
  const colours = ["#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"];
  const dashes = ["", "9 4", "3 4"];
  const mostInLegend = 60;
  const hasLabels = photos.some((photo) => photo.labels);

  function svg(name, attributes, children = []) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  }

  function stroke(number) {
    const dash = dashes[Math.floor(number / colours.length) % dashes.length];
    return { stroke: colours[number % colours.length], ...(dash && { "stroke-dasharray": dash }) };
  }

  // Labels are in shares of the sides; they are drawn in pixels of the rendition.
  function drawing(photo, view, fitting) {
    const [width, height] = photo.sidesAfter;
    const path = (flat, end) => {
      const points = [];
      for (let at = 0; at < flat.length; at += 2) points.push(`${flat[at] * width} ${flat[at + 1] * height}`);
      return `M${points.join("L")}${end}`;
    };
    const paths = [];
    for (const one of photo.labels.classes) {
      const lines = [...one.areas.map((flat) => path(flat, "Z")), ...one.lines.map((flat) => path(flat, ""))].join("");
      const dots = one.dots.map((flat) => path(flat, "h0")).join("");
      if (lines) paths.push(svg("path", { d: lines, class: "casing" }), svg("path", { d: lines, ...stroke(one.number) }));
      if (dots) {
        paths.push(svg("path", { d: dots, class: "dots casing" }));
        paths.push(svg("path", { d: dots, class: "dots", stroke: stroke(one.number).stroke }));
      }
    }
    const look = { class: "drawing labels-drawn", viewBox: view.join(" "), preserveAspectRatio: fitting };
    return svg("svg", { ...look, "aria-hidden": "true" }, paths);
  }

  function fillLegend(list, classes) {
    const rows = classes.slice(0, mostInLegend).map((one) => {
      const row = document.createElement("li");
      const line = svg("path", { d: "M2 5H26", ...stroke(one.number) });
      row.append(svg("svg", { viewBox: "0 0 28 10", "aria-hidden": "true" }, [line]), `${one.name}: ${one.labels}`);
      return row;
    });
    if (classes.length > mostInLegend) {
      const more = document.createElement("li");
      const hidden = classes.length - mostInLegend;
      more.textContent = `and ${hidden} more ${hidden === 1 ? "class" : "classes"}`;
      rows.push(more);
    }
    list.replaceChildren(...rows);
    list.hidden = !rows.length;
  }

  function setLabels(isOn) {
    document.body.classList.toggle("hides-labels", !isOn);
    for (const button of document.querySelectorAll(".labels-button")) button.setAttribute("aria-pressed", isOn);
  }

  const switchLabels = () => setLabels(document.body.classList.contains("hides-labels"));

  function drawCards() {
    const all = new Map();
    photos.forEach((photo, at) => {
      const button = cards.querySelector(`.open[data-at="${at}"]`);
      for (const one of photo.labels.classes) {
        const labels = one.labels + (all.has(one.number) ? all.get(one.number).labels : 0);
        all.set(one.number, { name: one.name, number: one.number, labels });
      }
      if (button) button.append(drawing(photo, [0, 0, ...photo.sidesAfter], "xMidYMid slice"));
    });
    fillLegend(byId("classes"), [...all.values()].sort((one, other) => one.number - other.number));
  }

  function openLabels(photo) {
    const { classes, undrawn, reason } = photo.labels;
    fillLegend(byId("legend"), classes);
    const left = undrawn ? `${undrawn} ${undrawn === 1 ? "label is" : "labels are"} not drawn.` : "";
    byId("labels-note").textContent = reason
      ? `Labels that cannot be drawn: ${reason}`
      : left || (classes.length ? "" : "The label file has no labels for this photo.");
    for (const one of byId("map").querySelectorAll(".drawing")) one.remove();
    byId("overview").after(drawing(photo, [0, 0, ...photo.sidesAfter], "none"));
  }

  if (hasLabels) {
    for (const one of [byId("labels"), byId("labels-key"), ...document.querySelectorAll(".labels-button")]) {
      one.hidden = false;
      if (one.type === "button") one.addEventListener("click", switchLabels);
    }
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("select")) return;
      if (event.key.toLowerCase() === "l") switchLabels();
    });
    drawCards();
  }

  // ---- the viewer ----
  function open(at) {
    current = at;
    place = 0;
    const photo = photos[at];
    const { sidesBefore: before, sidesAfter: after } = photo;
    const isScaled = before[0] !== after[0] || before[1] !== after[1];
    const score = photo.score === null ? "" : `, score ${photo.score.toFixed(1)} over the whole photo`;
    byId("viewer-name").textContent = photo.name;
    byId("viewer-facts").textContent = `${photo.sizes}, ${photo.done}${score}; ${photo.state}`;
    byId("viewer-scaled").textContent = isScaled
      ? `The photo has ${before.join(" × ")} pixels, its rendition ${after.join(" × ")}: both are shown at the rendition’s size.`
      : "";
    byId("overview").src = cards.querySelector(`.card[data-at="${at}"] img`).src;
    const buttons = photo.places.map((one, number) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = `Crop ${number + 1}` + (one.score === null ? "" : `: ${one.score.toFixed(1)}`);
      button.addEventListener("click", () => show(number));
      return button;
    });
    byId("places").replaceChildren(...buttons);
    byId("boxes").replaceChildren(...photo.places.map(({ box }) => {
      const outline = document.createElement("div");
      outline.style.left = `${(100 * box[0]) / after[0]}%`;
      outline.style.top = `${(100 * box[1]) / after[1]}%`;
      outline.style.width = `${(100 * box[2]) / after[0]}%`;
      outline.style.height = `${(100 * box[3]) / after[1]}%`;
      return outline;
    }));
    if (hasLabels) openLabels(photo);
    const list = visible();
    byId("previous").disabled = list.indexOf(at) <= 0;
    byId("next").disabled = list.indexOf(at) >= list.length - 1;
    setSlide(50);
    if (!viewer.open) viewer.showModal();
    show(0);
    if (photo.places.length) slide.focus();
  }

  function show(number) {
    const { places } = photos[current];
    const isCompared = places.length > 0;
    byId("stage-frame").hidden = !isCompared;
    document.querySelector(".tools").hidden = !isCompared;
    document.querySelector(".keys").hidden = !isCompared;
    if (!isCompared) {
      byId("place").textContent = "The rendition is the photo itself, byte for byte: there is nothing to compare.";
      return;
    }
    place = (number + places.length) % places.length;
    const one = places[place];
    byId("before").src = one.before;
    byId("after").src = one.after;
    byId("before").alt = `Crop ${place + 1} before`;
    byId("after").alt = `Crop ${place + 1} after`;
    if (hasLabels) byId("drawn").replaceChildren(drawing(photos[current], one.box, "none"));
    [...byId("places").children].forEach((button, at) => button.setAttribute("aria-pressed", at === place));
    [...byId("boxes").children].forEach((box, at) => box.classList.toggle("current", at === place));
    const score = one.score === null ? "" : `, score ${one.score.toFixed(1)}`;
    byId("place").textContent = `Crop ${place + 1} of ${places.length}${score}: ${one.box[2]} × ${one.box[3]} pixels at ${one.box[0]}, ${one.box[1]}; stored at JPEG quality ${one.quality}.`;
    fit();
  }

  // One pixel of the picture is one of the screen, whatever the browser's zoom.
  function fit() {
    const one = photos[current].places[place];
    if (!one) return;
    const size = zoom / (window.devicePixelRatio || 1);
    byId("stage").style.width = `${one.box[2] * size}px`;
    byId("stage").style.height = `${one.box[3] * size}px`;
    const frame = byId("stage-frame");
    frame.scrollLeft = (frame.scrollWidth - frame.clientWidth) / 2;
    frame.scrollTop = (frame.scrollHeight - frame.clientHeight) / 2;
  }

  function setSlide(percent) {
    const bounded = Math.min(100, Math.max(0, Math.round(percent)));
    slide.value = bounded;
    slide.setAttribute("aria-valuetext", `${bounded}% before, ${100 - bounded}% after`);
    byId("after").style.clipPath = `inset(0 0 0 ${bounded}%)`;
    byId("divider").style.left = `${bounded}%`;
    byId("divider").hidden = bounded === 0 || bounded === 100;
    byId("label-before").hidden = bounded === 0;
    byId("label-after").hidden = bounded === 100;
  }

  function setZoom(times) {
    zoom = times;
    for (const button of viewer.querySelectorAll("[data-zoom]")) {
      button.setAttribute("aria-pressed", Number(button.dataset.zoom) === zoom);
    }
    fit();
  }

  function turn(step) {
    const list = visible();
    const at = list[list.indexOf(current) + step];
    if (at !== undefined) open(at);
  }

  // ---- mouse, touch and keyboard ----
  cards.addEventListener("click", (event) => {
    const button = event.target.closest(".open");
    if (button) open(Number(button.dataset.at));
  });
  viewer.addEventListener("close", () => {
    const button = cards.querySelector(`.open[data-at="${current}"]`);
    if (button) button.focus();
  });
  byId("close").addEventListener("click", () => viewer.close());
  byId("previous").addEventListener("click", () => turn(-1));
  byId("next").addEventListener("click", () => turn(1));
  slide.addEventListener("input", () => setSlide(slide.valueAsNumber));
  viewer.addEventListener("click", (event) => {
    if (event.target === viewer) viewer.close();
    const { slide: to, zoom: times } = event.target.dataset || {};
    if (to) setSlide(Number(to));
    if (times) setZoom(Number(times));
  });
  const stage = byId("stage");
  const follow = (event) => {
    const box = stage.getBoundingClientRect();
    setSlide((100 * (event.clientX - box.left)) / box.width);
  };
  stage.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    stage.setPointerCapture(event.pointerId);
    follow(event);
  });
  stage.addEventListener("pointermove", (event) => {
    if (stage.hasPointerCapture(event.pointerId)) follow(event);
  });
  viewer.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const isSlide = event.target === slide;
    const actions = {
      ArrowLeft: isSlide ? null : () => setSlide(slide.valueAsNumber - 2),
      ArrowRight: isSlide ? null : () => setSlide(slide.valueAsNumber + 2),
      b: () => setSlide(100),
      a: () => setSlide(0),
      n: () => show(place + 1),
      p: () => show(place - 1),
      PageDown: () => turn(1),
      PageUp: () => turn(-1),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  window.addEventListener("resize", fit);
  filters.addEventListener("change", filter);
  filters.addEventListener("submit", (event) => event.preventDefault());
  filter();
})();
