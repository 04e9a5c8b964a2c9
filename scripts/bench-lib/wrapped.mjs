// The built bundle with one door more: the bench may put rows into a Contract, or switch its 2段階認証 off. Everything else is the bundle's own.
import { DurableObject } from "cloudflare:workers";
import { Contract as Built } from "./index.js";
import { insertMembers } from "./members.mjs";

export * from "./index.js";
export { default } from "./index.js";

export class Contract extends DurableObject {
  constructor(context, env) {
    super(context, env);
    this.built = new Built(context, env);
  }

  fetch(request) {
    const url = new URL(request.url);
    if (url.hostname === "bench" && url.searchParams.has("one-step")) {
      this.ctx.storage.sql.exec("UPDATE item SET json = json_set(json, '$.settings.no_second_step', json('true')) WHERE key = 'facts'");
      return Response.json({});
    }
    if (url.hostname === "bench") return Response.json(insertMembers(this.ctx.storage.sql, url.searchParams));
    return this.built.fetch(request);
  }
}
