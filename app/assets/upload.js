/* Sends a clip straight to the store: asks for a ticket, posts its form, reports progress. */
window.movements = window.movements || {};

/**
 * @param {File} file
 * @param {{onProgress: (fraction: number) => void, signal: AbortSignal, address?: string}} options where tickets are
 * @returns {Promise<string>} the key of the upload
 * @throws {{code, message, hint}} an error of the server, or {name: "interrupted" | "refused" | "too_large" | "empty_file"}
 */
window.movements.upload = async function upload(file, { onProgress, signal, address = "/api/uploads" }) {
  async function ticket() {
    let response;
    try {
      response = await fetch(address, { method: "POST", signal });
    } catch {
      throw { name: "interrupted" };
    }
    const body = await response.json().catch(() => ({}));
    if (response.ok) return body;
    throw body.error || { name: "refused" };
  }

  function send({ url, fields }) {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append("file", file, "clip.mp4");
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.upload.addEventListener("progress", (event) => onProgress(event.loaded / event.total));
      request.addEventListener("load", () => (request.status < 300 ? resolve() : reject(refusal(request))));
      request.addEventListener("error", () => reject({ name: "interrupted" }));
      signal.addEventListener("abort", () => request.abort());
      request.open("POST", url);
      request.send(form);
    });
  }

  /* Our own store answers in JSON, S3 in XML. */
  function refusal(request) {
    try {
      return JSON.parse(request.responseText).error;
    } catch {
      if (request.responseText.includes("EntityTooLarge")) return { name: "too_large" };
      if (request.responseText.includes("EntityTooSmall")) return { name: "empty_file" };
      return { name: "refused" };
    }
  }

  const granted = await ticket();
  await send(granted);
  return granted.key;
};
