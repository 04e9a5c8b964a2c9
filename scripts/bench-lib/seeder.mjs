// Reaches the wrapped Contract: GET /CONTRACT?from=…&to=… inserts those members.
export default {
  fetch(request, env) {
    const url = new URL(request.url);
    return env.CONTRACT.get(env.CONTRACT.idFromName(url.pathname.slice(1))).fetch(`http://bench/${url.search}`);
  },
};
