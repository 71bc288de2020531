// Loaded into a script before it begins: its requests to the internet go to the test's server, and say where to they were.
const { LOOPBACK = "" } = process.env;
const real = globalThis.fetch;

globalThis.fetch = (input, init) => {
  const request = new Request(input, init);
  if (!request.url.startsWith("https:")) return real(request);
  const headers = new Headers(request.headers);
  headers.set("x-meant-for", request.url);
  return real(new Request(LOOPBACK, new Request(request, { headers })));
};
