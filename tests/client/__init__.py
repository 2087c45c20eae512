"""The client in TypeScript, `@beside/client`: its types, its promises, its size, and how apps get it."""
