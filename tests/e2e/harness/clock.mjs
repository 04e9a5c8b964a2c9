// Runs inside workerd, around the built bundle: gives it a clock that the tests can move, and the tests a way into the objects.
//
// The product has no clock hook. This module replaces the global `Date` before the bundle is evaluated, and hands every object
// a view of its own state in which alarms and the time stamps of automatic answers are in moved time, while workerd keeps the
// real one: moved = real + offset. Invariant: node holds the history of offsets (a killed workerd forgets nothing), and an
// object is never constructed before this isolate knows it.
//
//   POST /__test/clock        {history, ids}      takes a new history; alarms that became due have run when it answers
//   POST /__test/run-alarms   {within, ids}       runs the alarms due within that many milliseconds, each at its time
//   POST /__test/awake        {object}            ids of the objects of that class that came to memory since this was asked last
//   POST /__test/sql          {object, name|id, sql, params}   rows
//   POST /__test/ask          {object, name|id, command}   the object's reply to a command of the Worker's
//   POST /__test/abort        {object, name|id}   the object loses its memory and its WebSockets, as in a crash
//   POST /__test/hold         {object, name|id, command}   keeps commands of that name at the door
//   POST /__test/held         {object, name|id}   answers once one is there
//   POST /__test/release      {object, name|id}   lets them in

import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";

const RealDate = Date;

/** [[real time from which it counts, offset]], oldest first; null until node was asked. */
let history = null;
const offsetAt = (real) => history?.findLast(([since]) => since <= real)?.[1] ?? 0;
const offset = () => history?.at(-1)?.[1] ?? 0;
const now = () => RealDate.now() + offset();

globalThis.Date = new Proxy(RealDate, {
  get: (target, key) => (key === "now" ? now : target[key]),
  construct: (target, args, newTarget) => Reflect.construct(target, args.length > 0 ? args : [now()], newTarget),
  apply: () => new RealDate(now()).toString(),
});

/** "Class/id" of every object that is in memory, or was when somebody asked last. */
const awake = new Set();

/** "Class/id" → when its alarm is due, in moved time. Which objects to visit when the clock moves. */
const alarms = new Map();

/** The ids of the objects of a class that have come to memory since this was asked last. */
function takeAwake(object) {
  const keys = [...awake].filter((key) => key.startsWith(`${object}/`));
  for (const key of keys) awake.delete(key);
  return keys.map((key) => key.slice(object.length + 1));
}

async function learnHistory(env) {
  const answer = await env.CLOCK.fetch("http://clock/");
  history ??= await answer.json();
}

/** `target` with some of its members replaced; the others are called on `target` itself. */
const view = (target, replaced) =>
  new Proxy(target, {
    get(_, key) {
      if (key in replaced) return replaced[key];
      const member = target[key];
      return typeof member === "function" ? member.bind(target) : member;
    },
  });

/** Objects whose alarm is being run by a test: to them it is not set any more, as on the platform. */
const ringing = new Set();
/** An alarm that a kill interrupts is run again by the platform, here after this time of the machine; milliseconds. */
const AGAIN = 20_000;

const movedStorage = (storage, key) =>
  view(storage, {
    setAlarm(time, options) {
      ringing.delete(key);
      alarms.set(key, Number(time));
      return storage.setAlarm(Number(time) - offset(), options);
    },
    async getAlarm(options) {
      if (ringing.has(key)) return null;
      const real = await storage.getAlarm(options);
      return real === null ? null : real + offset();
    },
    deleteAlarm(options) {
      ringing.delete(key);
      alarms.delete(key);
      return storage.deleteAlarm(options);
    },
    transaction: (closure) => storage.transaction((inner) => closure(movedStorage(inner, key))),
  });

const movedState = (ctx, key) =>
  view(ctx, {
    storage: movedStorage(ctx.storage, key),
    getWebSocketAutoResponseTimestamp(socket) {
      const real = ctx.getWebSocketAutoResponseTimestamp(socket);
      return real && new RealDate(real.getTime() + offsetAt(real.getTime()));
    },
  });

/** An object class of the bundle, in moved time. Extending DurableObject opens it to calls, SQL and eviction from the tests. */
export const wrapObject = (className, Inner) =>
  class extends DurableObject {
    constructor(ctx, env) {
      super(ctx, env);
      this.key = `${className}/${ctx.id}`;
      awake.add(this.key);
      const make = () => {
        this.inner = new Inner(movedState(ctx, this.key), env);
      };
      if (history) make();
      else ctx.blockConcurrencyWhile(() => learnHistory(env).then(make));
    }
    async fetch(request) {
      if (this.held && request.headers.get("x-command")?.startsWith(`{"${this.held.command}"`)) {
        this.held.arrived.resolve();
        await this.held.released.promise;
      }
      return this.inner.fetch(request);
    }
    webSocketMessage(socket, message) { return this.inner.webSocketMessage(socket, message); }
    webSocketClose(socket, code, reason, clean) { return this.inner.webSocketClose(socket, code, reason, clean); }
    webSocketError(socket, error) { return this.inner.webSocketError(socket, error); }
    alarm(info) {
      alarms.delete(this.key);
      return this.inner.alarm(info);
    }

    /** Rows of a statement; blobs as hexadecimal digits. */
    testSql(sql, params) {
      const text = (value) => (value instanceof ArrayBuffer ? new Uint8Array(value).toHex() : value);
      return this.ctx.storage.sql.exec(sql, ...params).toArray()
        .map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, text(value)])));
    }
    /** Asks the object as the Worker does; its reply. Several commands, one after the other: their replies. */
    async testAsk(command) {
      if (Array.isArray(command)) {
        const replies = [];
        for (const one of command) replies.push(await this.testAsk(one));
        return replies;
      }
      const answer = await this.inner.fetch(new Request("https://object/", { method: "POST", body: JSON.stringify(command) }));
      return JSON.parse(answer.headers.get("x-reply") ?? (await answer.text()));
    }
    testAbort() { this.ctx.abort("aborted by a test"); }
    testHold(command) {
      this.held = { command, arrived: Promise.withResolvers(), released: Promise.withResolvers() };
      return null;
    }
    async testHeld() {
      await this.held.arrived.promise;
      return null;
    }
    testRelease() {
      this.held?.released.resolve();
      this.held = null;
      return null;
    }
    /** Runs the alarm once, and again while it fails, as the platform does. */
    async alarmRepeated() {
      for (let tries = 1; ; tries += 1) {
        try {
          return await this.inner.alarm();
        } catch (error) {
          if (tries === 6) throw error;
        }
      }
    }
    /** Runs the alarm while it is due before `until`, else sets it anew under the present offset. How often it ran. */
    async testAlarm(until, formerOffset) {
      const { storage } = this.ctx;
      for (let runs = 0; runs < 100; runs += 1) {
        const real = await storage.getAlarm();
        if (real === null) {
          alarms.delete(this.key);
          return runs;
        }
        const due = alarms.get(this.key) ?? real + formerOffset;
        if (due > until) {
          await storage.setAlarm(due - offset());
          alarms.set(this.key, due);
          return runs;
        }
        // One run before its time would find nothing due and set itself to the same time again.
        if (due > now()) await new Promise((resolve) => setTimeout(resolve, due - now()));
        await storage.setAlarm(RealDate.now() + AGAIN);
        alarms.delete(this.key);
        ringing.add(this.key);
        await this.alarmRepeated();
        if (ringing.delete(this.key)) await storage.deleteAlarm();
        formerOffset = offset();
      }
      throw new Error(`the alarm of ${this.key} sets itself to the past again and again`);
    }
  };

/** The Worker of the bundle, with the tests' own paths in front. `bindings`: class name → name of its binding. */
export const wrapWorker = (Inner, bindings) =>
  class extends WorkerEntrypoint {
    constructor(ctx, env) {
      super(ctx, env);
      this.inner = new Inner(ctx, env);
    }
    async fetch(request) {
      if (!history) await learnHistory(this.env);
      const { pathname } = new URL(request.url);
      return pathname.startsWith("/__test/") ? this.test(pathname.slice(8), await request.json()) : this.inner.fetch(request);
    }

    async test(operation, body) {
      try {
        switch (operation) {
          case "clock": {
            const former = offset();
            ({ history } = body);
            return Response.json(await this.runAlarms(now(), body.ids, former));
          }
          case "run-alarms": return Response.json(await this.runAlarms(now() + body.within, body.ids, offset()));
          case "awake": return Response.json(takeAwake(body.object));
          case "sql": return Response.json(await this.object(body).testSql(body.sql, body.params));
          case "ask": return Response.json(await this.object(body).testAsk(body.command));
          case "abort": return Response.json(await this.object(body).testAbort().catch(() => null));
          case "hold": return Response.json(await this.object(body).testHold(body.command));
          case "held": return Response.json(await this.object(body).testHeld());
          case "release": return Response.json(await this.object(body).testRelease());
          default: return new Response(null, { status: 404 });
        }
      } catch (error) {
        return Response.json({ error: String(error?.stack ?? error) }, { status: 500 });
      }
    }

    object({ object, name, id }) {
      const namespace = this.env[bindings[object]];
      return namespace.get(id ? namespace.idFromString(id) : namespace.idFromName(name));
    }

    /** Visits every object known to have an alarm, and those of `ids` ({class: [id]}). Answers how often alarms ran. */
    async runAlarms(until, ids, formerOffset) {
      const listed = Object.entries(ids).flatMap(([object, list]) => list.map((id) => `${object}/${id}`));
      const keys = [...new Set([...alarms.keys(), ...listed])];
      let runs = 0;
      while (keys.length > 0) {
        const some = keys.splice(0, 32).map((key) => key.split("/"));
        const counts = await Promise.all(some.map(([object, id]) => this.object({ object, id }).testAlarm(until, formerOffset)));
        runs += counts.reduce((sum, count) => sum + count, 0);
      }
      return { runs };
    }
  };
