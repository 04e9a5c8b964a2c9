// What the platform can do with nothing around it: one committed write, one read, a list and a search over 100,000 rows, and a
// socket that is cut. The product's rows are measured against these.
import { DurableObject } from "cloudflare:workers";
import { MEMBER_TABLE, bareList, bareSearch, insertMembers } from "./members.mjs";

export class Bare extends DurableObject {
  constructor(context, env) {
    super(context, env);
    this.sql = context.storage.sql;
    this.sql.exec("CREATE TABLE IF NOT EXISTS counter (id INTEGER PRIMARY KEY, value INTEGER NOT NULL) STRICT");
    context.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  fetch(request) {
    const url = new URL(request.url);
    const end = url.searchParams.get("end") ?? "one";
    switch (url.pathname) {
      case "/write":
        this.#write();
        return new Response("written");
      case "/read":
        return Response.json(this.sql.exec("SELECT id, value FROM counter").toArray());
      case "/members":
        this.sql.exec(MEMBER_TABLE);
        return Response.json(insertMembers(this.sql, url.searchParams));
      case "/list":
        return Response.json(bareList(this.sql, url.searchParams));
      case "/search":
        return Response.json(bareSearch(this.sql, url.searchParams));
      case "/connect": {
        const { 0: client, 1: server } = new WebSocketPair();
        this.ctx.acceptWebSocket(server, [end]);
        server.send("welcome");
        return new Response(null, { status: 101, webSocket: client });
      }
      case "/cut":
        this.#write();
        for (const socket of this.ctx.getWebSockets(end)) socket.close(4001, "administrator");
        return new Response("cut");
      default:
        return new Response(null, { status: 404 });
    }
  }

  webSocketMessage(socket, message) {
    socket.send(message);
  }

  webSocketClose() {}

  #write() {
    this.sql.exec("INSERT INTO counter VALUES (1, 1) ON CONFLICT DO UPDATE SET value = value + 1");
  }
}

export default {
  fetch(request, env) {
    const name = new URL(request.url).searchParams.get("object") ?? "one";
    return env.BARE.get(env.BARE.idFromName(name)).fetch(request);
  },
};
