/* The athlete's body as it was followed, drawn over the film while it plays. */
(() => {
  "use strict";

  const BONES = [
    ["left_shoulder", "right_shoulder"], ["left_hip", "right_hip"],
    ...["left", "right"].flatMap((side) => [
      [`${side}_shoulder`, `${side}_elbow`], [`${side}_elbow`, `${side}_wrist`], [`${side}_shoulder`, `${side}_hip`],
      [`${side}_hip`, `${side}_knee`], [`${side}_knee`, `${side}_ankle`],
    ]),
  ];
  const SCALE = 10000;
  const NOBODY = -32768;

  /* From an answer's `bodies` to a function from seconds to points [[x, y], ...] in shares of the picture, or null. */
  function trackOf({ start, rate, names, points }) {
    const bytes = Uint8Array.from(atob(points), (letter) => letter.charCodeAt(0));
    const numbers = new DataView(bytes.buffer);
    const width = 2 * names.length;
    const count = Math.floor(bytes.length / 2 / width);
    const at = (instant, place) => numbers.getInt16(2 * (instant * width + place), true);
    return (second) => {
      const place = (second - start) * rate;
      const before = Math.floor(place);
      if (before < 0 || before >= count) return null;
      const after = Math.min(before + 1, count - 1);
      const ends = [before, after].filter((instant) => at(instant, 0) !== NOBODY);
      if (!ends.length) return null;
      const [one, other] = [ends[0], ends.at(-1)];
      const share = one === other ? 0 : place - before;
      return names.map((_, point) =>
        [0, 1].map((axis) => ((1 - share) * at(one, 2 * point + axis) + share * at(other, 2 * point + axis)) / SCALE),
      );
    };
  }

  /* Where the picture is within the player's box: left, top, width and height in CSS pixels. */
  function pictureIn(player) {
    const box = player.getBoundingClientRect();
    const scale = Math.min(box.width / player.videoWidth, box.height / player.videoHeight);
    const [width, height] = [player.videoWidth * scale, player.videoHeight * scale];
    return { left: (box.width - width) / 2, top: (box.height - height) / 2, width, height };
  }

  /* Draw over a player until the function that is returned is called. */
  function bodyOver(player, bodies) {
    const canvas = document.createElement("canvas");
    canvas.className = "body-over";
    canvas.setAttribute("aria-hidden", "true");
    player.after(canvas);
    const bodyAt = trackOf(bodies);
    const bones = BONES.map((bone) => bone.map((name) => bodies.names.indexOf(name)));
    const colour = getComputedStyle(document.documentElement).getPropertyValue("--stage-accent").trim();
    let next = 0;
    function draw() {
      next = requestAnimationFrame(draw);
      if (!player.videoWidth) return;
      const { left, top, width, height } = pictureIn(player);
      const ratio = window.devicePixelRatio || 1;
      const [wide, high] = [player.clientWidth * ratio, player.clientHeight * ratio].map(Math.round);
      if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
      const place = { left: player.offsetLeft, top: player.offsetTop, width: player.clientWidth, height: player.clientHeight };
      for (const [side, pixels] of Object.entries(place)) canvas.style[side] = `${pixels}px`;
      const pen = canvas.getContext("2d");
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      pen.clearRect(0, 0, player.clientWidth, player.clientHeight);
      const points = bodyAt(player.currentTime);
      canvas.dataset.seen = String(points !== null);
      if (!points) return;
      const [x, y] = [(point) => left + points[point][0] * width, (point) => top + points[point][1] * height];
      for (const [stroke, line] of [["#000b", 6], [colour, 3]]) {
        Object.assign(pen, { strokeStyle: stroke, fillStyle: stroke, lineWidth: line, lineCap: "round" });
        pen.beginPath();
        for (const [one, other] of bones) {
          pen.moveTo(x(one), y(one));
          pen.lineTo(x(other), y(other));
        }
        pen.stroke();
        points.forEach((_, point) => {
          pen.beginPath();
          pen.arc(x(point), y(point), line, 0, 2 * Math.PI);
          pen.fill();
        });
      }
    }
    draw();
    return () => {
      cancelAnimationFrame(next);
      canvas.remove();
    };
  }

  window.movements = Object.assign(window.movements || {}, { bodyOver, pictureIn });
})();
