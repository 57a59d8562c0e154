/**
 * The requests. `from` says who asks; everything else is what fetch() is given.
 */

const JSON_TYPE = { "Content-Type": "application/json" };
const TRACE = { "X-Trace": "1" };

export const GROUPS = [
  {
    title: "The page asks for what it may have",
    cases: [
      {
        id: "simple",
        title: "Read the notes",
        note: "A plain GET needs no preflight.",
        path: "/notes",
      },
      {
        id: "preflight",
        title: "Change a note",
        note: "PUT and a JSON body: the browser asks first.",
        method: "PUT",
        path: "/notes/1",
        headers: JSON_TYPE,
        body: JSON.stringify({ text: "Water the plants" }),
      },
      {
        id: "cookie",
        title: "Sign in, then ask who I am",
        note: "One request sets a cookie, the next one brings it back.",
        method: "POST",
        path: "/session",
        credentials: "include",
        then: { method: "GET" },
      },
      {
        id: "exposed",
        title: "Read two response headers",
        note: "The policy exposes the first one only.",
        path: "/notes",
        read: ["X-Total-Count", "X-Internal"],
      },
      {
        id: "missing",
        title: "Ask for what is not there",
        note: "A 404 stays a 404, and is no CORS error.",
        path: "/nowhere",
      },
      {
        id: "crash",
        title: "Call a view that crashes",
        note: "The exception becomes a 500 that the page can read.",
        path: "/crash",
      },
      {
        id: "redirect",
        title: "Forget the last slash",
        note: "A 308 and its target, with headers on both.",
        path: "/archive",
      },
      {
        id: "login",
        title: "Pass a login check",
        note: "The preflight has no token, and never meets the check.",
        path: "/account",
        headers: { Authorization: "Bearer let-me-in" },
      },
      {
        id: "anonymous",
        title: "Forget the token",
        note: "The check’s 401 can be read like any answer.",
        path: "/account",
      },
      {
        id: "blueprint",
        title: "Send X-Trace to the reports",
        note: "This blueprint has a policy of its own, which lists it.",
        path: "/reports/weekly",
        headers: TRACE,
      },
    ],
  },
  {
    title: "The page asks for too much",
    cases: [
      {
        id: "header",
        title: "Send X-Trace to the notes",
        note: "Here, the guard’s policy counts, which does not.",
        path: "/notes",
        headers: TRACE,
      },
      {
        id: "method",
        title: "Delete all notes",
        note: "Methods come from the route, and it has no DELETE.",
        method: "DELETE",
        path: "/notes",
      },
      {
        id: "same-origin",
        title: "Look into the back office",
        note: "Marked @same_origin: not even for this page.",
        path: "/admin",
      },
    ],
  },
  {
    title: "Somebody else asks",
    cases: [
      {
        id: "public",
        from: "stranger",
        title: "Read the public status",
        note: "This view is marked @cross_origin(origins=\"*\").",
        path: "/status",
      },
      {
        id: "stranger",
        from: "stranger",
        title: "Read the notes",
        note: "The view runs; the browser keeps the answer to itself.",
        path: "/notes",
      },
      {
        id: "stranger-preflight",
        from: "stranger",
        title: "Change a note",
        note: "The preflight fails, so the PUT is never sent.",
        method: "PUT",
        path: "/notes/1",
        headers: JSON_TYPE,
        body: JSON.stringify({ text: "Gotcha" }),
      },
      {
        id: "enforce",
        from: "stranger",
        title: "Add a note as plain text",
        note: "No preflight stops this. enforce=True does, before the view.",
        method: "POST",
        path: "/notes",
        body: "Gotcha",
      },
      {
        id: "opaque",
        from: "sandbox",
        title: "Read the notes as nobody",
        note: "Any page can have the origin null, so nobody can list it.",
        path: "/notes",
      },
    ],
  },
];

export const WHO = { page: "This page", stranger: "A stranger", sandbox: "A sandboxed frame" };
