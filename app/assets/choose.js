/* What choosing a file has in common, whether it is a clip or a whole workout. */
window.movements = window.movements || {};

/* An input that the page keeps out of sight; a button opens it. With `multiple`, several files are given together; with
   `camera`, a phone films at once, with its own camera: an mp4 or mov file, as it makes them. */
window.movements.chooserOf = function chooserOf(id, choose, { multiple = false, camera = false } = {}) {
  const chooser = Object.assign(document.createElement("input"), {
    type: "file",
    accept: camera ? "video/*" : "video/mp4,video/quicktime,.mp4,.m4v,.mov",
    id,
    multiple,
    hidden: true,
  });
  if (camera) chooser.setAttribute("capture", "environment");
  chooser.addEventListener("change", () => {
    const files = [...chooser.files];
    if (files.length) choose(multiple ? files : files[0]);
    chooser.value = ""; // so that the same file can be chosen again
  });
  document.body.append(chooser);
  return chooser;
};

/* What can be known without reading the file: the name of a problem, or null; the server looks inside. */
window.movements.wrongWith = function wrongWith(file, maxBytes) {
  if (file.size === 0) return "empty_file";
  if (file.size > maxBytes) return "too_large";
  return file.type.startsWith("video/") || /\.(mp4|m4v|mov)$/i.test(file.name) ? null : "not_a_video";
};

window.movements.sizeInWords = function sizeInWords(bytes) {
  return bytes < 2 ** 20 ? `${Math.ceil(bytes / 2 ** 10)} KB` : `${(bytes / 2 ** 20).toFixed(1)} MB`;
};
