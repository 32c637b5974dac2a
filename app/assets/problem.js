/* An error as the server draws it (app/layout/problem.py), for those that only the browser can find. */
window.movements = window.movements || {};

window.movements.problemBox = function problemBox({ code, message, hint }) {
  const box = document.createElement("div");
  box.className = "problem";
  box.dataset.code = code;
  for (const [name, text] of Object.entries({ message, hint })) {
    const line = document.createElement("p");
    line.className = `problem-${name}`;
    line.textContent = text;
    box.append(line);
  }
  return box;
};
