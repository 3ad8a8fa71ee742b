// Shows the response that brought this page: asked for anew, so that the fields can be read.
const place = document.getElementById("headers");
const started = performance.now();
fetch(location.pathname, { cache: "no-store" }).then((response) => {
  const took = (performance.now() - started).toFixed(1);
  const fields = [...response.headers].map(([name, value]) => `${name}: ${value}`);
  place.textContent = [`HTTP/1.1 ${response.status} ${response.statusText}`, ...fields, "", `${took} ms from here and back`].join("\n");
});
