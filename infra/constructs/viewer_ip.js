// CloudFront runs this for each request of a viewer: the firewall and the log rely on this header, so whatever the
// viewer wrote there is replaced by the address that the request really came from.
function handler(event) {
  const request = event.request;
  request.headers["x-viewer-ip"] = { value: event.viewer.ip };
  return request;
}
