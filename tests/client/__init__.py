"""Tests of the client in TypeScript, `@beside/client`: its types, behaviour, size and package."""
